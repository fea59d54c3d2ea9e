using Postfleet.Contracts.Operations;
using Postfleet.Core.Queueing;

namespace Postfleet.Operations.Replica;

/// <summary>
/// This node's copy of the suspensions in force. <see cref="SuspensionReplica"/> sets it; queues read it on their threads before they start
/// attempts. Until the first copy arrives, every queue counts as suspended, for <see cref="PatienceAtStart"/> at most.
/// </summary>
internal sealed class SuspensionTable(TimeProvider time) : ISuspensions
{
    /// <summary>
    /// How long queues of a new node wait for the first copy. Afterwards mail matters more: the owner of the actions may be on the other
    /// side of a broken network.
    /// </summary>
    public static readonly TimeSpan PatienceAtStart = TimeSpan.FromSeconds(10);

    private volatile Copy _copy = new([], null);

    /// <summary>Whether a copy has arrived since the start.</summary>
    public bool IsKnown => _copy.UnknownUntil is null;

    /// <summary>The actor system starts: the copy may be old, and is waited for.</summary>
    public void Expect() => _copy = _copy with { UnknownUntil = time.GetUtcNow() + PatienceAtStart };

    /// <summary>Goes on with the last copy.</summary>
    public void GiveUp() => _copy = _copy with { UnknownUntil = null };

    /// <summary>Sets the copy.</summary>
    public void Set(IReadOnlyList<ActionView> suspensions) => _copy = new Copy([.. suspensions], null);

    /// <inheritdoc/>
    public Suspension? Find(QueueKey queue, DestinationId? destination)
    {
        var copy = _copy;
        if (copy.Suspensions.Length == 0 && copy.UnknownUntil is null) return null;
        var now = time.GetUtcNow();
        if (copy.UnknownUntil is { } until && until > now)
            return new Suspension(0, until, "the node has not heard yet which queues are suspended");
        Suspension? found = null;
        foreach (var view in copy.Suspensions)
        {
            if (view.Order.Expires <= now || !view.Order.Selector.Matches(queue, destination)) continue;
            // Of several suspensions, the longest counts.
            if (view.Order.Expires is null) return Of(view);
            if (found is null || view.Order.Expires > found.Until) found = Of(view);
        }

        return found;
    }

    private static Suspension Of(ActionView view) =>
        new(view.Number, view.Order.Expires, view.Order.Reason) { Since = view.OrderedAt };

    private sealed record Copy(ActionView[] Suspensions, DateTimeOffset? UnknownUntil);
}
