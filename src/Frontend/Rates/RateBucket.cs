namespace Postfleet.Frontend.Rates;

/// <summary>
/// A token bucket as a theoretical arrival time (the generic cell rate algorithm, GCRA): as many units at once as the rate counts, and then
/// evenly at the rate. Times are in ticks of elapsed time. A bucket that was never used is the default value. Pure.
/// </summary>
/// <param name="Arrival">The theoretical arrival time.</param>
internal readonly record struct RateBucket(long Arrival)
{
    /// <summary>The time until there is a unit; zero or less where there is one.</summary>
    /// <param name="count">The units of a full bucket; 1 or more.</param>
    /// <param name="period">The time in which an empty bucket fills.</param>
    /// <param name="now">The time.</param>
    public TimeSpan Wait(long count, TimeSpan period, TimeSpan now)
    {
        var step = StepOf(count, period);
        return new TimeSpan(Begin(count, step, now) + step - now.Ticks - count * step);
    }

    /// <summary>Takes a unit, from an empty bucket without effect.</summary>
    public RateBucket Take(long count, TimeSpan period, TimeSpan now)
    {
        var step = StepOf(count, period);
        return new RateBucket(Math.Min(Begin(count, step, now) + step, now.Ticks + count * step));
    }

    // Rounded up: never more than the rate.
    private static long StepOf(long count, TimeSpan period) => (period.Ticks + count - 1) / count;

    // A bucket with a smaller rate than before is empty at most.
    private long Begin(long count, long step, TimeSpan now) => Math.Min(Math.Max(Arrival, now.Ticks), now.Ticks + count * step);
}
