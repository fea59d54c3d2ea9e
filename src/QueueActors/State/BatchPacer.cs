namespace Postfleet.QueueActors.State;

/// <summary>
/// When a queue decides. A quiet one does so at once, so that a message on its own is not held up. The rounds of a busy one begin some time
/// apart, so that more of what happens goes into one row of the journal: it is the row that costs, with its statement and its share of a
/// flush, not the events in it. A field, not to be copied.
/// </summary>
internal struct BatchPacer
{
    /// <summary>So many commands make a round worth its row, whenever the last one was.</summary>
    public const int FullBatch = 500;

    /// <summary>A round with so many events, of which one message makes three in its life, is one of a busy queue.</summary>
    public const int BusyBatch = 4;

    // Ticks; 0 for none. A time that may be missing takes three times the room, in each of a hundred thousand queues.
    private long _begun;

    /// <summary>A round begins that writes a row.</summary>
    /// <param name="isBusy">Whether it has as many events as the rounds of a busy queue.</param>
    /// <param name="now">The time.</param>
    public void Begin(bool isBusy, DateTimeOffset now) => _begun = isBusy ? now.UtcTicks : 0;

    /// <summary>How long the next round has to wait; zero when it may begin.</summary>
    /// <param name="commands">How many commands wait for it.</param>
    /// <param name="interval">From the beginning of a busy round to that of the next; zero for no pause.</param>
    /// <param name="now">The time.</param>
    public readonly TimeSpan Left(int commands, TimeSpan interval, DateTimeOffset now)
    {
        if (_begun == 0 || commands >= FullBatch) return TimeSpan.Zero;
        var left = interval - TimeSpan.FromTicks(now.UtcTicks - _begun);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
