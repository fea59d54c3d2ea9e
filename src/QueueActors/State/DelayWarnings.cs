using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.State;

/// <summary>
/// When the senders of a queue's messages must be warned of a delay. Owned by <see cref="Dispatcher"/>. A mutable struct, used as a field
/// and not copied.
/// </summary>
internal struct DelayWarnings
{
    /// <summary>The interval between two searches for late messages among the messages waiting for credit.</summary>
    private static readonly long SearchInterval = TimeSpan.FromMinutes(1).Ticks;

    // Ordered by the time of the warning; contains only messages whose warning is due before their next attempt.
    private readonly PriorityQueue<QueueEntry, long> _byTime = new();
    private long _nextSearch;

    public DelayWarnings()
    {
    }

    /// <summary>When the next warning is due; <see cref="long.MaxValue"/> if none is watched.</summary>
    public readonly long NextWake => _byTime.TryPeek(out _, out var at) ? at : long.MaxValue;

    /// <summary>Watches a message whose warning is due before its next attempt.</summary>
    public readonly void Watch(QueueEntry entry, long nextAttempt, QueueRules rules)
    {
        if (entry.IsDelayReported || entry.IsLateAwaited || WarnAt(entry, rules) >= nextAttempt) return;
        entry.IsLateAwaited = true;
        _byTime.Enqueue(entry, WarnAt(entry, rules));
    }

    /// <summary>Whether the sender of a message must be warned now.</summary>
    public static bool IsDue(QueueEntry entry, long now, QueueRules rules) => !entry.IsDelayReported && WarnAt(entry, rules) <= now;

    /// <summary>Removes the next watched message whose warning is due; false if there is none.</summary>
    public readonly bool TryDequeue(long now, [MaybeNullWhen(false)] out QueueEntry entry)
    {
        while (_byTime.TryPeek(out entry, out var at) && at <= now)
        {
            _byTime.Dequeue();
            entry.IsLateAwaited = false;
            if (entry is { IsRemoved: false, IsReady: false, IsInFlight: false, IsHeld: false, IsDelayReported: false })
                return true;
        }

        return false;
    }

    /// <summary>
    /// Whether the messages waiting for credit must be searched now: they are not watched, so a search at an interval finds late messages.
    /// </summary>
    /// <param name="hasWaiting">Whether any message waits for credit.</param>
    /// <param name="now">UTC ticks.</param>
    public bool MustSearch(bool hasWaiting, long now)
    {
        var isDue = hasWaiting && now >= _nextSearch;
        if (isDue || !hasWaiting) _nextSearch = now + SearchInterval;
        return isDue;
    }

    /// <summary>Releases unused capacity.</summary>
    public readonly void Trim()
    {
        if (2 * _byTime.Count < _byTime.Capacity) _byTime.TrimExcess();
    }

    // The end of the time that the sender allows replaces the time of the configuration (RFC 2852 section 4.1.3, by-mode N).
    private static long WarnAt(QueueEntry entry, QueueRules rules) =>
        entry.Part.DeliverByMode == DeliverByMode.Notify ? entry.Part.DeliverByTicks
        : rules.DelayWarning > TimeSpan.Zero && rules.DelayWarning < rules.Lifetime
            ? entry.SendAt + rules.DelayWarning.Ticks : long.MaxValue;
}
