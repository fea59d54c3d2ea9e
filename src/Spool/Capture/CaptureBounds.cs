
namespace Postfleet.Spool.Capture;

/// <summary>
/// How much is captured at most, and when to clean up: not with each message but with each tenth of the bound (at most each hundredth
/// message), and with the first message after a start. So the cost is spread, and the excess over the bound is one interval at most.
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
