using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Storage;

/// <summary>Times in rows: microseconds since 1970, which both engines keep exactly.</summary>
internal static class StoredTime
{
    private static readonly long Least = ToMicroseconds(DateTimeOffset.MinValue);
    private static readonly long Most = ToMicroseconds(DateTimeOffset.MaxValue);

    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        new(DateTime.UnixEpoch.Ticks + microseconds * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    /// <summary>The time for a number, which a damaged row may hold; null where it is not in the years 1 to 9999.</summary>
    public static DateTimeOffset? TryFromMicroseconds(long microseconds) =>
        microseconds >= Least && microseconds <= Most ? FromMicroseconds(microseconds) : null;

    /// <summary>The time for ticks of UTC; the nearest time for a number that only a damaged row holds.</summary>
    public static DateTimeOffset FromTicks(long ticks) =>
        new(Math.Clamp(ticks, DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);

    /// <summary>
    /// An id above the ids of all messages accepted before a time. Ids begin with their time (RFC 9562 section 5.7), so an index over ids
    /// serves as an index over times.
    /// </summary>
    public static MessageId UpperBound(DateTimeOffset time)
    {
        var milliseconds = (ulong)Math.Max(0, time.ToUnixTimeMilliseconds()) + 1;
        return MessageId.FromHalves(milliseconds << 16, 0);
    }
}
