using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Collections;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The messages of a queue in order of arrival; a message with a time of sending arrives then. Removed messages are dropped lazily. Owned
/// by <see cref="QueueState"/>. A mutable struct, used as a field and not copied.
/// </summary>
internal struct ArrivalOrder
{
    // Removed messages beyond twice the live messages and this number are dropped at once.
    private const int MaxRemoved = 1000;

    private RingQueue<QueueEntry> _entries;

    // The messages with a time of sending; null while there are none.
    private PriorityQueue<QueueEntry, long>? _later;

    /// <summary>Adds a message. One old message must not retain the memory of all removed messages after it.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="live">The number of messages in the queue.</param>
    public void Add(QueueEntry entry, int live)
    {
        if (entry.Part.SendAfter > 0)
        {
            (_later ??= new()).Enqueue(entry, entry.SendAt);
            if (_later.Count > 2 * live + MaxRemoved) _later = new(_later.UnorderedItems.Where(later => !later.Element.IsRemoved));
            return;
        }

        _entries.Enqueue(entry);
        if (_entries.Count > 2 * live + MaxRemoved) _entries.RemoveWhere(e => e.IsRemoved);
    }

    /// <summary>The oldest message; false if there is none.</summary>
    public bool TryPeek([MaybeNullWhen(false)] out QueueEntry entry)
    {
        while (_entries.TryPeek(out entry) && entry.IsRemoved) _entries.Dequeue();
        if (_later is null) return entry is not null;
        QueueEntry? later;
        while (_later.TryPeek(out later, out _) && later.IsRemoved) _later.Dequeue();
        if (later is not null && (entry is null || later.SendAt < entry.SendAt)) entry = later;
        return entry is not null;
    }

    /// <summary>Removes and returns the oldest message; false if there is none.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out QueueEntry entry)
    {
        if (!TryPeek(out entry)) return false;
        if (entry.Part.SendAfter > 0) _later!.Dequeue();
        else _entries.Dequeue();
        return true;
    }

    /// <summary>
    /// The messages in order, and then the messages with a time of sending, in any order. The messages must not change meanwhile.
    /// </summary>
    public readonly IEnumerable<QueueEntry> Enumerate()
    {
        for (var i = 0; i < _entries.Count; i++) if (!_entries[i].IsRemoved) yield return _entries[i];
        if (_later is null) yield break;
        foreach (var (entry, _) in _later.UnorderedItems) if (!entry.IsRemoved) yield return entry;
    }

    /// <summary>Removes all messages.</summary>
    public void Clear()
    {
        _entries.Clear();
        _later = null;
    }

    /// <summary>Releases unused capacity.</summary>
    public void Trim()
    {
        _entries.Trim();
        if (_later is { Count: 0 }) _later = null;
        else _later?.TrimExcess();
    }
}
