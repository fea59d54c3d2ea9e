using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Ownership;

/// <summary>
/// Why a node has lost its queues, as this node saw its members go. Owned by <see cref="TakeoverRecorder"/>; plain code, bounded.
/// </summary>
internal sealed class FormerOwners
{
    /// <summary>The most nodes that are remembered.</summary>
    public const int MaxNodes = 1000;

    /// <summary>For so long after the removal of a node, changes of owner are put down to it.</summary>
    public static readonly TimeSpan BelongsFor = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, (TakeoverReason Reason, DateTimeOffset At)> _removed = [];

    /// <summary>A node was removed from the cluster.</summary>
    /// <param name="node">The node, as host:port.</param>
    /// <param name="isDead">Whether it was declared dead; otherwise it has left.</param>
    /// <param name="now">The time.</param>
    public void Removed(string node, bool isDead, DateTimeOffset now)
    {
        if (_removed.Count >= MaxNodes && !_removed.ContainsKey(node)) _removed.Remove(_removed.MinBy(each => each.Value.At).Key);
        _removed[node] = (isDead ? TakeoverReason.NodeLost : TakeoverReason.NodeLeft, now);
    }

    /// <summary>The reason of a change of owner.</summary>
    /// <param name="former">The former owner.</param>
    /// <param name="at">When the queue was recovered by its new owner.</param>
    /// <param name="member">What the former owner is in the cluster now: null if it is no member, else whether it is leaving.</param>
    public TakeoverReason Reason(string former, DateTimeOffset at, bool? member) =>
        // A node that is removed may be back, at the same address, by now.
        _removed.TryGetValue(former, out var removed) && (removed.At - at).Duration() <= BelongsFor ? removed.Reason
        : member switch
        {
            true => TakeoverReason.NodeLeft,
            false => TakeoverReason.Rebalanced,
            null => TakeoverReason.Unknown,
        };
}
