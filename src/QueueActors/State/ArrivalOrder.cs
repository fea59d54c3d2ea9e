using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Collections;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The messages of a queue in order of arrival. Removed messages are dropped lazily. Owned by <see cref="QueueState"/>. A mutable struct,
/// used as a field and not copied.
/// </summary>
internal struct ArrivalOrder
{
    // Removed messages beyond twice the live messages and this number are dropped at once.
    private const int MaxRemoved = 1000;

    private RingQueue<QueueEntry> _entries;

    /// <summary>Adds a message. One old message must not retain the memory of all removed messages after it.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="live">The number of messages in the queue.</param>
    public void Add(QueueEntry entry, int live)
    {
        _entries.Enqueue(entry);
        if (_entries.Count > 2 * live + MaxRemoved) _entries.RemoveWhere(e => e.IsRemoved);
    }

    /// <summary>The oldest message; false if there is none.</summary>
    public bool TryPeek([MaybeNullWhen(false)] out QueueEntry entry)
    {
        while (_entries.TryPeek(out entry) && entry.IsRemoved) _entries.Dequeue();
        return entry is not null;
    }

    /// <summary>Removes and returns the oldest message; false if there is none.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out QueueEntry entry)
    {
        if (!TryPeek(out entry)) return false;
        _entries.Dequeue();
        return true;
    }

    /// <summary>The messages in order. The order must not change during the enumeration.</summary>
    public readonly IEnumerable<QueueEntry> Enumerate()
    {
        for (var i = 0; i < _entries.Count; i++) if (!_entries[i].IsRemoved) yield return _entries[i];
    }

    /// <summary>Removes all messages.</summary>
    public void Clear() => _entries.Clear();

    /// <summary>Releases unused capacity.</summary>
    public void Trim() => _entries.Trim();
}
