using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Collections;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The due messages of a queue in the order in which they are sent, while they wait for a route or for credit. Owned by
/// <see cref="Dispatcher"/>. A mutable struct, used as a field and not copied.
/// </summary>
internal struct ReadyLine
{
    private RingQueue<QueueEntry> _entries;

    public readonly int Count => _entries.Count;

    public readonly QueueEntry this[int index] => _entries[index];

    public void Add(QueueEntry entry)
    {
        entry.IsReady = true;
        _entries.Enqueue(entry);
    }

    public bool TryDequeue([MaybeNullWhen(false)] out QueueEntry entry) => _entries.TryDequeue(out entry);

    public QueueEntry Dequeue() => _entries.Dequeue();

    /// <summary>Takes messages out of the line; the others keep their order.</summary>
    public void Withdraw(Predicate<QueueEntry> isMeant)
    {
        for (var left = _entries.Count; left > 0; left--)
        {
            var entry = _entries.Dequeue();
            if (isMeant(entry)) entry.IsReady = false;
            else _entries.Enqueue(entry);
        }
    }

    /// <summary>Releases unused capacity.</summary>
    public void Trim() => _entries.Trim();
}
