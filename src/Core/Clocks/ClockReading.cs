namespace Postfleet.Core.Clocks;

/// <summary>
/// The wall clock and the clock of elapsed time, read at the same moment. Two readings show by how much the wall clock was set between
/// them.
/// </summary>
/// <param name="Wall">The wall clock's time.</param>
/// <param name="Timestamp">The timestamp of the clock of elapsed time.</param>
public readonly record struct ClockReading(DateTimeOffset Wall, long Timestamp)
{
    /// <summary>Reads both clocks, the wall clock first.</summary>
    public static ClockReading Now(TimeProvider time) => new(time.GetWallTime(), time.GetTimestamp());

    /// <summary>The time elapsed since an earlier reading, however the wall clock was set.</summary>
    public TimeSpan ElapsedSince(ClockReading earlier, TimeProvider time) => time.GetElapsedTime(earlier.Timestamp, Timestamp);

    /// <summary>
    /// The length by which the wall clock was set since an earlier reading: positive when it was set forward, negative when it was set
    /// back.
    /// </summary>
    public TimeSpan StepSince(ClockReading earlier, TimeProvider time) => Wall - earlier.Wall - ElapsedSince(earlier, time);
}
