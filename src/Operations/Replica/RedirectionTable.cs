using Postfleet.Contracts.Operations;
using Postfleet.Core.Queueing;

namespace Postfleet.Operations.Replica;

/// <summary>
/// This node's copy of the moves to a route in force. <see cref="SuspensionReplica"/> sets it; the route resolver reads it on its callers'
/// threads. Before the first copy it is empty: queues wait for the copy as for that of the suspensions (<see cref="SuspensionTable"/>).
/// </summary>
internal sealed class RedirectionTable(TimeProvider time) : IRedirections
{
    // Newest first.
    private volatile ActionView[] _moves = [];

    /// <inheritdoc/>
    public bool IsEmpty => _moves.Length == 0;

    /// <summary>Sets the copy.</summary>
    public void Set(IReadOnlyList<ActionView> moves) => _moves = [.. moves.OrderByDescending(move => move.Number)];

    /// <inheritdoc/>
    public bool NeedsSite(QueueKey queue)
    {
        var now = time.GetUtcNow();
        foreach (var move in _moves) if (IsAbout(move, queue, now)) return move.Order.Selector.NeedsSite;
        return false;
    }

    /// <inheritdoc/>
    public Redirection? Find(QueueKey queue, DestinationId? own)
    {
        var now = time.GetUtcNow();
        foreach (var move in _moves)
        {
            if (IsAbout(move, queue, now) && move.Order.Selector.Matches(queue, own))
                return new Redirection(move.Number, move.Order.ToRoute, move.Order.Expires);
        }

        return null;
    }

    /// <summary>
    /// The numbers of the moves in the copy that may concern a queue, newest first: whether a site matches is left open, and a move whose
    /// time is over counts until its owner has ended it. When they change, the queue has to ask for its route again.
    /// </summary>
    public string Candidates(QueueKey queue) => IsEmpty ? ""
        : string.Join(',', _moves.Where(move => move.Order.Selector.Matches(queue)).Select(move => move.Number));

    private static bool IsAbout(ActionView move, QueueKey queue, DateTimeOffset now) =>
        !(move.Order.Expires <= now) && move.Order.Selector.Matches(queue);
}
