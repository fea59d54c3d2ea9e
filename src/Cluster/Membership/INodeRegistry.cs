namespace Postfleet.Cluster.Membership;

/// <summary>
/// The registry of the nodes in a cluster on the shared database. Every method throws <see cref="RegistryException"/> when the database
/// does not answer.
/// </summary>
internal interface INodeRegistry
{
    /// <summary>Reads all rows, newest first.</summary>
    Task<IReadOnlyList<NodeRow>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Replaces all rows by the row of a founding node; false, without a change, when the rows are not as expected.</summary>
    Task<bool> TryFoundAsync(IReadOnlyList<NodeRow> expected, NodeEntry node, CancellationToken cancellationToken);

    /// <summary>
    /// Adds the row of a joined node. Its address must have no row, the row of an earlier process, or a row of the same process; otherwise
    /// nothing is changed and the result is false, because another process has taken the address. The same holds when no member has a row,
    /// because another cluster has been founded.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="former">The row of an earlier process with this address; null for none.</param>
    /// <param name="members">Address and incarnation of each member of the node's cluster.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<bool> TryEnterAsync(
        NodeEntry node, NodeRow? former, IReadOnlySet<(string Address, long Incarnation)> members, CancellationToken cancellationToken);

    /// <summary>
    /// Increments the beat of a node; false when its row is gone because another cluster has been founded or another node uses the address.
    /// </summary>
    Task<bool> BeatAsync(string address, long incarnation, CancellationToken cancellationToken);

    /// <summary>Deletes the row of a leaving node.</summary>
    Task LeaveAsync(string address, long incarnation, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes the row of a silent node, whose next beat then fails. Returns whether the incarnation has no row; false, without a change,
    /// when the node has beaten since the row was read.
    /// </summary>
    Task<bool> RemoveAsync(NodeRow row, CancellationToken cancellationToken);
}

/// <summary>A node as it enters the registry.</summary>
/// <param name="Address">Its <c>host:port</c>.</param>
/// <param name="Incarnation">The id of this start of its actor system.</param>
/// <param name="Process">Its process.</param>
internal readonly record struct NodeEntry(string Address, long Incarnation, NodeProcess Process);

/// <summary>Thrown when the registry does not answer. The message is a single line.</summary>
internal sealed class RegistryException(string message, Exception cause) : Exception(message, cause);
