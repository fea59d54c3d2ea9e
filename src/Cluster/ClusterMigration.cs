using Postfleet.Cluster.Membership;

namespace Postfleet.Cluster;

/// <summary>Brings the cluster's tables up to date without starting a node.</summary>
public static class ClusterMigration
{
    /// <summary>Makes the list of nodes and the id of the database where they are missing.</summary>
    /// <param name="connectionString">The database that says which nodes are in the cluster.</param>
    /// <param name="cancellationToken">Cancels between steps.</param>
    /// <returns>The steps that were done, a line for each.</returns>
    /// <exception cref="Core.StartFailureException">The database does not answer, or was made by a newer version.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var registry = new PostgresNodeRegistry(connectionString);
        return await registry.PrepareAsync(cancellationToken);
    }
}
