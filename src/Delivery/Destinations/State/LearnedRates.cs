using Postfleet.Core.Units;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>Rates as numbers of messages a second, and back. Pure; used by what lowers rates.</summary>
internal static class LearnedRates
{
    /// <summary>A rate in the period that shows the number best; an hour holds the smallest rates.</summary>
    public static Rate RateOf(double perSecond)
    {
        var (count, unit) = perSecond >= 10 ? (perSecond, "s") : perSecond >= 10.0 / 60 ? (perSecond * 60, "m") : (perSecond * 3600, "h");
        var whole = Math.Clamp((long)(count + 1e-6), 1, Rate.MaxPerSecond);
        return Rate.TryParse($"{whole}/{unit}", out var rate) ? rate : Rate.None;
    }

    /// <summary>A rate as a number of messages a second.</summary>
    public static double PerSecond(Rate rate) => rate.Count / Math.Max(1, rate.Period.TotalSeconds);
}
