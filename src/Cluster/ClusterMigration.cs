using Postfleet.Cluster.Membership;

namespace Postfleet.Cluster;

/// <summary>Migrates the cluster's tables without starting a node. Called by <c>postfleet migrate</c>.</summary>
public static class ClusterMigration
{
    /// <summary>Creates the table of nodes and the id of the database if they are missing.</summary>
    /// <param name="connectionString">The database with the registry of nodes.</param>
    /// <param name="password">The password for a new connection; null for the password of the connection string.</param>
    /// <param name="cancellationToken">Cancels between steps.</param>
    /// <returns>A line for each completed step.</returns>
    /// <exception cref="Core.StartFailureException">The database does not answer, or a newer version of the program has migrated
    /// it.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(
        string connectionString, Func<string>? password, CancellationToken cancellationToken)
    {
        await using var registry = new PostgresNodeRegistry(connectionString, password);
        return await registry.PrepareAsync(cancellationToken);
    }
}
