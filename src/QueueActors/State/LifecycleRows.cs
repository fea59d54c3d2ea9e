using Postfleet.Contracts.Persistence;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The rows of a queue in the journal, and the write in progress. Writes never overlap. A mutable struct, used as a field and not copied.
/// </summary>
internal struct LifecycleRows
{
    /// <summary>
    /// After a longer write, this process may have been suspended. The cluster gives the queue to another node after ten seconds at the
    /// earliest.
    /// </summary>
    public static readonly TimeSpan DoubtAfter = TimeSpan.FromSeconds(5);

    private long _writtenAt;
    private long _checkpointAfter;
    private int _deletions;

    /// <summary>The highest sequence number used by the queue.</summary>
    public long LastNumber { get; set; }

    /// <summary>Whether the journal contains rows unnecessary for an empty queue.</summary>
    public bool HasAny { get; set; }

    /// <summary>The node that wrote the last row, as far as the rows tell; null if they do not, or there are none.</summary>
    public string? Owner { get; private set; }

    /// <summary>Whether a write is in progress.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Whether a deletion is in progress.</summary>
    public readonly bool IsDeleting => _deletions > 0;

    /// <summary>
    /// The decision to run once the pending rows are durable; null if no write is in progress, or a checkpoint is being written.
    /// </summary>
    public QueueDecision? Awaiting { get; private set; }

    /// <summary>A row of the journal that a replay has read.</summary>
    public void Replay(object row)
    {
        HasAny |= row is QueueEventBatch or CheckpointPiece or UnreadableRow;
        switch (row)
        {
            case QueueEventBatch { Owner: { } owner }: Owner = owner; break;
            // Of an older program.
            case QueueEventBatch { Events: [.., OwnershipTaken taken] }: Owner = taken.Node; break;
            case CheckpointPiece { Queue.Owner: { } owner }: Owner = owner; break;
        }
    }

    /// <summary>Writes the events of a decision, or the events required before it.</summary>
    public void Write(
        List<IQueueEvent> events, QueueDecision decision, LifecycleSettings settings, string? owner, DateTimeOffset now,
        List<QueueOutput> outputs)
    {
        Awaiting = decision;
        var most = settings.MaxEventsPerRow;
        // In one row of all that a node writes: a busy queue writes many.
        var isNew = owner is not null && owner != Owner;
        if (owner is not null) Owner = owner;
        var first = new QueueEventBatch(events.Count <= most ? events : events[..most]) { Owner = isNew ? owner : null };
        Write(
            events.Count <= most ? [first] : [first, .. events.Skip(most).Chunk(most).Select(chunk => new QueueEventBatch(chunk))],
            now, outputs);
    }

    /// <summary>Writes a checkpoint.</summary>
    public void Write(IReadOnlyList<CheckpointPiece> pieces, string? owner, DateTimeOffset now, List<QueueOutput> outputs)
    {
        _checkpointAfter = LastNumber;
        Owner = owner ?? Owner;
        Write(
            owner is null ? pieces
                : [.. pieces.Select(piece => piece.Queue is { } queue ? piece with { Queue = queue with { Owner = owner } } : piece)],
            now, outputs);
    }

    /// <summary>The pending rows have become durable.</summary>
    /// <returns>The decision to run now, unless <see cref="IsDoubtful"/>; null after a checkpoint.</returns>
    public QueueDecision? Written()
    {
        var decision = Awaiting;
        (IsWriting, Awaiting) = (false, null);
        return decision;
    }

    /// <summary>Whether the completed write took too long to prove the current ownership of the queue.</summary>
    public readonly bool IsDoubtful(DateTimeOffset now) => now.UtcTicks - _writtenAt > DoubtAfter.Ticks;

    /// <summary>Deletes the rows replaced by a durable checkpoint.</summary>
    public void DeleteBeforeCheckpoint(List<QueueOutput> outputs) => Delete(_checkpointAfter, outputs);

    /// <summary>Deletes all rows, since an empty journal has the same meaning as an empty queue.</summary>
    public void DeleteAll(List<QueueOutput> outputs)
    {
        Owner = null;
        Delete(LastNumber, outputs);
    }

    /// <summary>A deletion has ended. After a failure its rows still exist.</summary>
    /// <returns>Whether no other deletion is in progress.</returns>
    public bool Deleted(bool isDone)
    {
        HasAny |= !isDone;
        return --_deletions == 0;
    }

    private void Write(IReadOnlyList<object> rows, DateTimeOffset now, List<QueueOutput> outputs)
    {
        (IsWriting, HasAny, _writtenAt) = (true, true, now.UtcTicks);
        outputs.Add(QueueOutput.Write(LastNumber + 1, rows));
        LastNumber += rows.Count;
    }

    private void Delete(long upTo, List<QueueOutput> outputs)
    {
        // The pieces of a checkpoint remain until the queue is empty.
        HasAny = upTo < LastNumber;
        _deletions++;
        outputs.Add(QueueOutput.Delete(upTo));
    }
}
