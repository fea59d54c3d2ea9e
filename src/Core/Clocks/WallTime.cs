namespace Postfleet.Core.Clocks;

/// <summary>Reads the wall clock of a module whose time provider is the steady clock.</summary>
public static class WallTime
{
    /// <summary>
    /// The time of the wall clock, for human-readable dates. It is not used for schedules and comparisons, because it can be set at any
    /// moment. For a clock other than <see cref="SteadyTimeProvider"/> it is the other clock's time.
    /// </summary>
    public static DateTimeOffset GetWallTime(this TimeProvider time) =>
        time is SteadyTimeProvider steady ? steady.GetWallTime() : time.GetUtcNow();
}
