namespace Postfleet.QueueActors.State;

/// <summary>
/// Decides when a queue may begin its next batch. A quiet queue begins at once, without a delay for a single message. Batches of a busy
/// queue keep a minimum interval, to put more events into a row of the journal: the row is expensive, with its statement and its share of a
/// flush, not the events in it. A mutable struct, used as a field and not copied.
/// </summary>
internal struct BatchPacer
{
    /// <summary>With this many commands a batch may begin regardless of the interval.</summary>
    public const int FullBatch = 500;

    /// <summary>A queue is busy after a batch with this many events; a message causes three events in its life.</summary>
    public const int BusyBatch = 4;

    // UTC ticks; 0 if not set. A nullable time would use three times the memory, in each of a hundred thousand queues.
    private long _begun;

    /// <summary>The batch will write a row.</summary>
    /// <param name="isBusy">Whether the batch has as many events as a batch of a busy queue.</param>
    /// <param name="now">The current time.</param>
    public void Begin(bool isBusy, DateTimeOffset now) => _begun = isBusy ? now.UtcTicks : 0;

    /// <summary>The time until the next batch may begin; zero if it may begin now.</summary>
    /// <param name="commands">The number of commands waiting for the batch.</param>
    /// <param name="interval">The minimum time between the beginnings of two batches of a busy queue; zero for none.</param>
    /// <param name="now">The current time.</param>
    public readonly TimeSpan Left(int commands, TimeSpan interval, DateTimeOffset now)
    {
        if (_begun == 0 || commands >= FullBatch) return TimeSpan.Zero;
        var left = interval - TimeSpan.FromTicks(now.UtcTicks - _begun);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
