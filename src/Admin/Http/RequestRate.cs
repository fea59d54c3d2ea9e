using Postfleet.Core.Units;

namespace Postfleet.Admin.Http;

/// <summary>
/// A limit on requests by the generic cell rate algorithm: as many at once as the rate allows in its period. Thread-safe.
/// </summary>
internal sealed class RequestRate(Rate rate, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    // The time at which all requests so far would be done at the exact rate.
    private TimeSpan _done;

    /// <summary>The limit.</summary>
    public Rate Max => rate;

    /// <summary>Counts a request.</summary>
    /// <returns>Null if the request is within the limit; otherwise the time until the next is, and the request does not count.</returns>
    public TimeSpan? Take()
    {
        if (rate.IsNone) return null;
        var now = time.GetElapsedTime(_start);
        lock (_lock)
        {
            var done = (_done > now ? _done : now) + rate.Interval;
            if (done - now > rate.Period) return done - now - rate.Period;
            _done = done;
            return null;
        }
    }
}
