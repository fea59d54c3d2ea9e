using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.State;

/// <summary>
/// When the time for the delivery of messages is over that are then returned (RFC 2852, by-mode R). Owned by <see cref="Dispatcher"/>. A
/// mutable struct, used as a field and not copied.
/// </summary>
internal struct DeliveryDeadlines
{
    // Null while there is no such message: they are rare.
    private PriorityQueue<QueueEntry, long>? _byTime;

    /// <summary>When the next time is over; <see cref="long.MaxValue"/> for none.</summary>
    public readonly long NextWake => _byTime is not null && _byTime.TryPeek(out _, out var at) ? at : long.MaxValue;

    /// <summary>Whether no attempt at a message may begin any more.</summary>
    public static bool IsOver(QueueEntry entry, long now) =>
        entry.Part.DeliverByMode == DeliverByMode.Return && entry.Part.DeliverByTicks <= now;

    /// <summary>Watches a message, once for each owner of the queue.</summary>
    public void Watch(QueueEntry entry)
    {
        if (entry.Part.DeliverByMode == DeliverByMode.Return) (_byTime ??= new()).Enqueue(entry, entry.Part.DeliverByTicks);
    }

    /// <summary>Removes the next message whose time is over; false if there is none.</summary>
    public bool TryDequeue(long now, [MaybeNullWhen(false)] out QueueEntry entry)
    {
        entry = null;
        if (_byTime is null) return false;
        while (_byTime.TryPeek(out var next, out var at) && at <= now)
        {
            _byTime.Dequeue();
            if (next.IsRemoved) continue;
            entry = next;
            return true;
        }

        if (_byTime.Count == 0) _byTime = null;
        return false;
    }
}
