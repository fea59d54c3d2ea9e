namespace Postfleet.QueueActors;

/// <summary>
/// When a queue decides. A quiet one does so at once, so that a message on its own is not held up. The rounds of a busy one begin some time apart, so that more of
/// what happens goes into one row of the journal: it is the row that costs, with its statement and its share of a flush, not the events in it.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="interval">From the beginning of a busy round to that of the next; zero for no pause.</param>
internal sealed class RoundPace(TimeProvider time, TimeSpan interval)
{
    /// <summary>So many commands make a round worth its row, whenever the last one was.</summary>
    public const int FullRound = 500;

    /// <summary>A round with so many events, of which one message makes three in its life, is one of a busy queue.</summary>
    public const int BusyRound = 4;

    private long? _begun;

    /// <summary>A round begins that writes a row.</summary>
    /// <param name="events">How many events are in it.</param>
    public void Begin(int events) => _begun = events >= BusyRound ? time.GetTimestamp() : null;

    /// <summary>How long the next round has to wait; zero when it may begin.</summary>
    /// <param name="commands">How many commands wait for it.</param>
    public TimeSpan Left(int commands)
    {
        if (_begun is not { } begun || commands >= FullRound) return TimeSpan.Zero;
        var left = interval - time.GetElapsedTime(begun);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
