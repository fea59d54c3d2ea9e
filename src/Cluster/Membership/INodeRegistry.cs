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
    Task<bool> TryFoundAsync(IReadOnlyList<NodeRow> expected, string address, long incarnation, CancellationToken cancellationToken);

    /// <summary>Adds the row of a joined node.</summary>
    Task EnterAsync(string address, long incarnation, CancellationToken cancellationToken);

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

/// <summary>Thrown when the registry does not answer. The message is a single line.</summary>
internal sealed class RegistryException(string message, Exception cause) : Exception(message, cause);
