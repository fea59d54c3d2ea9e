namespace Postfleet.Cluster.Membership;

/// <summary>
/// Who is in a cluster on the shared database. Every method may throw <see cref="RegistryException"/> when the database does not answer.
/// </summary>
internal interface INodeRegistry
{
    /// <summary>All rows, those that were written last first.</summary>
    Task<IReadOnlyList<NodeRow>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Takes the place of all that is in the registry; false, and no change, when that is no longer what was expected.</summary>
    Task<bool> TryFoundAsync(IReadOnlyList<NodeRow> expected, string address, long incarnation, CancellationToken cancellationToken);

    /// <summary>Says that a node has joined.</summary>
    Task EnterAsync(string address, long incarnation, CancellationToken cancellationToken);

    /// <summary>Says that a node lives; false when another cluster has been founded since, or another node has the address.</summary>
    Task<bool> BeatAsync(string address, long incarnation, CancellationToken cancellationToken);

    /// <summary>Says that a node has left.</summary>
    Task LeaveAsync(string address, long incarnation, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a silent node out, whose next beat will tell it so; whether that incarnation of it is out. It is not, and nothing changes,
    /// when it has beaten since it was seen.
    /// </summary>
    Task<bool> TakeOutAsync(NodeRow seen, CancellationToken cancellationToken);
}

/// <summary>The registry does not answer; the message is one line.</summary>
internal sealed class RegistryException(string message, Exception cause) : Exception(message, cause);
