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

    /// <summary>Whether a write is in progress.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Whether a deletion is in progress.</summary>
    public readonly bool IsDeleting => _deletions > 0;

    /// <summary>
    /// The decision to run once the pending rows are durable; null if no write is in progress, or a checkpoint is being written.
    /// </summary>
    public QueueDecision? Awaiting { get; private set; }

    /// <summary>Writes the events of a decision, or the events required before it.</summary>
    public void Write(
        List<IQueueEvent> events, QueueDecision decision, LifecycleSettings settings, DateTimeOffset now, List<QueueOutput> outputs)
    {
        Awaiting = decision;
        var most = settings.MaxEventsPerRow;
        var isOne = events.Count <= most;
        Write(isOne ? [new QueueEventBatch(events)] : [.. events.Chunk(most).Select(chunk => new QueueEventBatch(chunk))], now, outputs);
    }

    /// <summary>Writes a checkpoint.</summary>
    public void Write(IReadOnlyList<CheckpointPiece> pieces, DateTimeOffset now, List<QueueOutput> outputs)
    {
        _checkpointAfter = LastNumber;
        Write((IReadOnlyList<object>)pieces, now, outputs);
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
    public void DeleteAll(List<QueueOutput> outputs) => Delete(LastNumber, outputs);

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
