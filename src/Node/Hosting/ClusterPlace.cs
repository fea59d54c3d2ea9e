using Postfleet.Cluster;
using Postfleet.Cluster.Options;
using Postfleet.Core;
using Postfleet.Node.Options;

namespace Postfleet.Node.Hosting;

/// <summary>Finds the address of the node in the cluster. Called by <see cref="NodeHost"/> before the modules exist.</summary>
internal static class ClusterPlace
{
    /// <summary>The options with the found address in place of <c>Cluster:Host</c> <c>auto</c>.</summary>
    /// <exception cref="StartFailureException">The address cannot be found, or the seeds are on other machines and it is
    /// loopback.</exception>
    public static async Task<PostfleetOptions> FindHostAsync(PostfleetOptions options, CancellationToken cancellationToken)
    {
        if (options.Cluster.Host != NodeAddress.Auto) return options;
        var host = StoragePlace.IsEmbedded(options) ? NodeAddress.Loopback
            : await NodeAddress.FindAsync(options.Storage.ConnectionString, cancellationToken);
        var cluster = options.Cluster with { Host = host };
        return ClusterConfiguration.FindUnreachable(cluster) is { } seed
            ? throw new StartFailureException(
                $"Cluster:Host is '{NodeAddress.Auto}', which is {host} because PostgreSQL is on this machine, and Cluster:Seeds has " +
                $"'{seed}'; set Cluster:Host to the address by which the other nodes reach this node")
            : options with { Cluster = cluster };
    }
}
