using System.Collections.Frozen;

namespace Postfleet.Admin.Messages;

/// <summary>Collects the reports of all nodes. Thread-safe.</summary>
internal interface IClusterReports
{
    /// <summary>Collects the reports. Unreachable nodes are not waited for.</summary>
    /// <param name="ask">The request.</param>
    /// <param name="limit">The longest wait; null for 1.5 seconds.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<ClusterAnswers> AskAsync(GetNodeStatistics ask, TimeSpan? limit, CancellationToken cancellationToken);

    /// <summary>The node of the singletons of a role, as host:port; null for none, and before this node has joined.</summary>
    /// <param name="role">The role.</param>
    string? FindOldest(string role);
}

/// <summary>The reports of the nodes.</summary>
/// <param name="Known">The reports by the node's <c>host:port</c>.</param>
/// <param name="Unanswered">The nodes without an answer in time, and nodes removed as dead whose queues other nodes take over.</param>
internal sealed record ClusterAnswers(IReadOnlyList<(string Name, NodeStatistics Report)> Known, IReadOnlyList<string> Unanswered)
{
    /// <summary>The nodes that leave the cluster, as host:port.</summary>
    public IReadOnlySet<string> Leaving { get; init; } = FrozenSet<string>.Empty;
}
