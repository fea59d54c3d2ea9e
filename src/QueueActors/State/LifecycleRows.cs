using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>What a queue has in its journal, and what it is writing there: one write at a time. A field, not to be copied.</summary>
internal struct LifecycleRows
{
    /// <summary>
    /// A write that took longer may be one that this process slept through. The cluster gives the queue to another node after ten seconds
    /// at the earliest.
    /// </summary>
    public static readonly TimeSpan DoubtAfter = TimeSpan.FromSeconds(5);

    private long _writtenAt;
    private long _checkpointAfter;
    private int _deletions;

    /// <summary>The highest number that the queue has used.</summary>
    public long LastNumber { get; set; }

    /// <summary>Whether the journal has rows that an empty queue does not need.</summary>
    public bool HasAny { get; set; }

    /// <summary>Whether rows are being written.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Whether rows are being deleted.</summary>
    public readonly bool IsDeleting => _deletions > 0;

    /// <summary>What is run once the rows under way are durable; null when none are, or they are a checkpoint's.</summary>
    public QueueDecision? Awaiting { get; private set; }

    /// <summary>Writes the events of a decision, or those that have to be written before it is run.</summary>
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

    /// <summary>The rows under way are durable.</summary>
    /// <returns>The decision that may be run now, unless <see cref="IsDoubtful"/>; null for a checkpoint.</returns>
    public QueueDecision? Written()
    {
        var decision = Awaiting;
        (IsWriting, Awaiting) = (false, null);
        return decision;
    }

    /// <summary>Whether the write that has just ended says too little about who owns the queue now.</summary>
    public readonly bool IsDoubtful(DateTimeOffset now) => now.UtcTicks - _writtenAt > DoubtAfter.Ticks;

    /// <summary>Deletes what a checkpoint stands for that has become durable.</summary>
    public void DeleteBeforeCheckpoint(List<QueueOutput> outputs) => Delete(_checkpointAfter, outputs);

    /// <summary>Deletes all rows: the queue is empty, and an empty journal says the same.</summary>
    public void DeleteAll(List<QueueOutput> outputs) => Delete(LastNumber, outputs);

    /// <summary>A deletion has ended. The rows of one that has failed are still there.</summary>
    /// <returns>Whether none is under way any more.</returns>
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
        // A checkpoint's own pieces stay, until the queue is empty and needs none.
        HasAny = upTo < LastNumber;
        _deletions++;
        outputs.Add(QueueOutput.Delete(upTo));
    }
}
