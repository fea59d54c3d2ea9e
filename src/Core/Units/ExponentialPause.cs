namespace Postfleet.Core.Units;

/// <summary>Pauses between attempts, doubling from the first to the longest. Pure; jitter is left to the caller.</summary>
public static class ExponentialPause
{
    // Beyond 2^60 first pauses every realistic maximum is exceeded; a larger exponent would overflow.
    private const int MaxDoublings = 60;

    /// <summary>The pause after a number of failures, in the unit of the arguments.</summary>
    /// <param name="first">The first pause, positive.</param>
    /// <param name="max">The longest pause; also bounds the first.</param>
    /// <param name="failures">The number of failures in succession; 0 and less give no pause.</param>
    public static double After(int failures, double first, double max) =>
        failures <= 0 ? 0 : Math.Min(first * Math.Pow(2, Math.Min(failures - 1, MaxDoublings)), max);

    /// <inheritdoc cref="After(int, double, double)"/>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan max) =>
        TimeSpan.FromTicks((long)After(failures, first.Ticks, max.Ticks));

    /// <summary>The pause after a given pause.</summary>
    /// <param name="last">The last pause; zero if there was none.</param>
    /// <param name="first">The first pause, positive.</param>
    /// <param name="max">The longest pause; also bounds the first.</param>
    public static TimeSpan Next(TimeSpan last, TimeSpan first, TimeSpan max)
    {
        if (last <= TimeSpan.Zero) return first < max ? first : max;
        // Compared with half the maximum, since the doubled pause could overflow.
        return last < max / 2 ? last * 2 : max;
    }
}
