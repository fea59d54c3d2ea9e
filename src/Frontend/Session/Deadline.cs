namespace Postfleet.Frontend.Session;

/// <summary>
/// Until when the client must have done something. One timer a session: what happens only moves the deadline, and the timer looks at it
/// when it fires. Thread-safe against its own timer; moved by the session alone.
/// </summary>
internal sealed class Deadline : IAsyncDisposable
{
    private const long Never = long.MaxValue;

    private readonly TimeProvider _time;
    private readonly Action _passed;
    private readonly ITimer _timer;
    private long _at = Never;
    private volatile bool _hasPassed;

    /// <param name="time">The clock.</param>
    /// <param name="passed">Called from the timer once the deadline has passed; must neither block nor throw.</param>
    public Deadline(TimeProvider time, Action passed)
    {
        (_time, _passed) = (time, passed);
        _timer = time.CreateTimer(static state => ((Deadline)state!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether it has passed; once it has, that stays.</summary>
    public bool HasPassed => _hasPassed;

    /// <summary>The client has this long from now.</summary>
    public void Expect(TimeSpan timeout)
    {
        var at = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        var before = Interlocked.Exchange(ref _at, at);
        // The timer that is set for an earlier time finds the later one when it fires.
        if (before == Never || before > at) _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// The client has this long from now, if it had longer. Callable from any thread; a client that waits for us stays as it is.
    /// </summary>
    public void Hurry(TimeSpan timeout)
    {
        var at = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        var before = Volatile.Read(ref _at);
        // Where the session itself moves the deadline meanwhile, it knows of the hurry.
        if (before != Never && before > at && Interlocked.CompareExchange(ref _at, at, before) == before)
            _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The client waits for us now, and not we for it.</summary>
    public void Suspend() => Volatile.Write(ref _at, Never);

    /// <summary>Ends it; what it calls is not called any more, and has returned.</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Check()
    {
        var at = Volatile.Read(ref _at);
        if (at == Never) return;
        var left = _time.GetElapsedTime(_time.GetTimestamp(), at);
        if (left > TimeSpan.Zero)
        {
            // A millisecond more, since timers count in whole ones and may fire early.
            _timer.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            return;
        }

        _hasPassed = true;
        _passed();
    }
}
