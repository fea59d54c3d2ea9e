namespace Postfleet.QueueActors.State;

/// <summary>
/// The outcomes that an earlier owner may have lost on their way to the spool: those of the last minute of the replayed journal. An owner
/// records outcomes as soon as their event is durable, so the spool has older outcomes. Recording again changes nothing. Filled by the
/// replay, and emptied by the queue's first batch.
/// </summary>
internal sealed class ReplayedRecords
{
    /// <summary>The maximum number of records. A queue with more outcomes in its last minute records the newest.</summary>
    public const int MaxRecords = 10_000;

    /// <summary>How long a record may have taken to its commit.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private readonly Queue<QueueEffect.Record> _records = [];

    /// <summary>Adds a record; events come in their order.</summary>
    public void Add(QueueEffect.Record record)
    {
        _records.Enqueue(record);
        while (_records.Count > MaxRecords || record.Outcomes.At - _records.Peek().Outcomes.At > MaxAge) _records.Dequeue();
    }

    /// <summary>The records in order.</summary>
    public IReadOnlyCollection<QueueEffect.Record> All => _records;
}
