
namespace Postfleet.Spool.Capture;

/// <summary>
/// The bounds of the capture store, and the times of its clean-ups: at the first message after a start, and then after each tenth of the
/// bound, at the latest after each 100 messages. The number of messages exceeds the bound by at most one interval. A reload
/// changes the bounds. Thread-safe.
/// </summary>
internal sealed class CaptureBounds(int maxMessages, TimeSpan maxAge)
{
    private volatile Limits _limits = new(maxMessages, maxAge);
    private int _untilCleanUp;

    public int MaxMessages => _limits.MaxMessages;

    /// <summary>Changes the bounds, which the next clean-up keeps.</summary>
    public void Use(int messages, TimeSpan age) => _limits = new Limits(messages, age);

    /// <summary>Messages captured before this time are deleted.</summary>
    public DateTimeOffset Oldest(DateTimeOffset now)
    {
        var age = _limits.MaxAge;
        return now - DateTimeOffset.MinValue > age ? now - age : DateTimeOffset.MinValue;
    }

    /// <summary>Counts a captured message; true when it is time to clean up.</summary>
    public bool IsCleanUpDue()
    {
        if (Interlocked.Decrement(ref _untilCleanUp) >= 0) return false;
        Interlocked.Exchange(ref _untilCleanUp, Math.Clamp(MaxMessages / 10, 1, 100) - 1);
        return true;
    }

    private sealed record Limits(int MaxMessages, TimeSpan MaxAge);
}
