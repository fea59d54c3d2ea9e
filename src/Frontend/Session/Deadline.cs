namespace Postfleet.Frontend.Session;

/// <summary>
/// The deadline for a client's next input. Each session has a single timer: moving the deadline later does not touch the timer, which
/// compares the deadline with the clock when it fires. Moved by the session's loop alone, except <see cref="Shorten"/>, which any thread
/// may call.
/// </summary>
internal sealed class Deadline : IAsyncDisposable
{
    private const long Never = long.MaxValue;

    private readonly TimeProvider _time;
    private readonly Action _onPassed;
    private readonly ITimer _timer;
    private long _at = Never;
    private volatile bool _hasPassed;

    /// <param name="time">The clock.</param>
    /// <param name="onPassed">Called by the timer once the deadline has passed; must neither block nor throw.</param>
    public Deadline(TimeProvider time, Action onPassed)
    {
        (_time, _onPassed) = (time, onPassed);
        _timer = time.CreateTimer(static state => ((Deadline)state!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether the deadline has passed. Never reset.</summary>
    public bool HasPassed => _hasPassed;

    /// <summary>Sets the deadline to this long from now.</summary>
    public void Start(TimeSpan timeout)
    {
        var at = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        var before = Interlocked.Exchange(ref _at, at);
        // A timer set for an earlier time is set again when it fires.
        if (before == Never || before > at) _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Sets the deadline to this long from now if it is later. No effect while the deadline is suspended. Thread-safe.
    /// </summary>
    public void Shorten(TimeSpan timeout)
    {
        var at = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        var before = Volatile.Read(ref _at);
        // If the session moves the deadline at the same time, it uses the shorter time itself.
        if (before != Never && before > at && Interlocked.CompareExchange(ref _at, at, before) == before)
            _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Removes the deadline, while the client waits for the server.</summary>
    public void Suspend() => Volatile.Write(ref _at, Never);

    /// <summary>Stops the timer. Afterwards its callback has returned and is not called again.</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Check()
    {
        var at = Volatile.Read(ref _at);
        if (at == Never) return;
        var left = _time.GetElapsedTime(_time.GetTimestamp(), at);
        if (left > TimeSpan.Zero)
        {
            // One millisecond more, since timers round to milliseconds and may fire early.
            _timer.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            return;
        }

        _hasPassed = true;
        _onPassed();
    }
}
