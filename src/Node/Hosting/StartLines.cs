using Postfleet.Cluster.Options;
using Postfleet.Contracts;
using Postfleet.Node.Configuration;
using Postfleet.Node.Options;
using Postfleet.Storage.Postgres;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Writes the first lines of a node's log: the configuration file, the place of the data and the relay rule. Each listener logs its own
/// line when it opens.
/// </summary>
internal static class StartLines
{
    /// <summary>Writes the lines. <see cref="NodeHost"/> calls it once, before the services start.</summary>
    /// <param name="logger">The log.</param>
    /// <param name="configuration">The configuration as it was read.</param>
    /// <param name="cluster">The section of the cluster, with the found address of this node.</param>
    public static void Write(ILogger logger, LoadedConfiguration configuration, ClusterOptions cluster)
    {
        var options = configuration.Options;
        if (configuration.IsFileRead) NodeLog.ConfigurationRead(logger, configuration.File);
        else NodeLog.NoConfigurationFile(logger, configuration.File);
        foreach (var warning in configuration.Warnings) NodeLog.ConfigurationWarning(logger, warning);
        NodeLog.StorageIn(logger, PlaceOf(options));
        if (!StoragePlace.IsEmbedded(options)) NodeLog.ClusterAddress(logger, cluster.Host, cluster.Port);
        if (options.Node.Roles.Contains(NodeRoles.Frontend))
            NodeLog.RelayRule(logger, string.Join(", ", options.Relay.TrustedNetworks), string.Join(", ", options.Relay.Domains));
    }

    private static string PlaceOf(PostfleetOptions options) =>
        StoragePlace.IsEmbedded(options) ? Path.GetFullPath(options.Storage.Path)
            : $"PostgreSQL at {PostgresConnectionString.Describe(options.Storage.ConnectionString)}";
}
