
namespace Postfleet.Spool.Capture;

/// <summary>
/// The bounds of the capture store, and the times of its clean-ups: at the first message after a start, and then after each tenth of the
/// bound, at the latest after each 100 messages. The number of messages exceeds the bound by at most one interval. Thread-safe.
/// </summary>
internal sealed class CaptureBounds(int maxMessages, TimeSpan maxAge)
{
    private readonly int _interval = Math.Clamp(maxMessages / 10, 1, 100);
    private int _untilCleanUp;

    public int MaxMessages => maxMessages;

    /// <summary>Messages captured before this time are deleted.</summary>
    public DateTimeOffset Oldest(DateTimeOffset now) =>
        now - DateTimeOffset.MinValue > maxAge ? now - maxAge : DateTimeOffset.MinValue;

    /// <summary>Counts a captured message; true when it is time to clean up.</summary>
    public bool IsCleanUpDue()
    {
        if (Interlocked.Decrement(ref _untilCleanUp) >= 0) return false;
        Interlocked.Exchange(ref _untilCleanUp, _interval - 1);
        return true;
    }
}
