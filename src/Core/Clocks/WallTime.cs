namespace Postfleet.Core.Clocks;

/// <summary>Reads the wall clock where the time of a room is the steady one.</summary>
public static class WallTime
{
    /// <summary>
    /// What the wall clock shows now: for the dates that people read. Nothing is scheduled by it and nothing is compared with it, since it
    /// can be set at any moment. For another clock than <see cref="SteadyTimeProvider"/> it is that clock's own time.
    /// </summary>
    public static DateTimeOffset GetWallTime(this TimeProvider time) =>
        time is SteadyTimeProvider steady ? steady.GetWallTime() : time.GetUtcNow();
}
