namespace Postfleet.Core.Clocks;

/// <summary>
/// The time for scheduling: the wall clock's time at the start of the process plus the time elapsed since. Setting the wall clock does not
/// move scheduled work. One instance is the <see cref="TimeProvider"/> of all modules of a node. Thread-safe.
/// </summary>
/// <remarks>Dates for people are wall-clock times: <see cref="WallTime.GetWallTime"/>.</remarks>
/// <param name="machine">The machine's clocks: its time of day is the wall clock, and its timestamps measure elapsed time.</param>
public sealed class SteadyTimeProvider(TimeProvider machine) : TimeProvider
{
    private readonly long _startedAt = machine.GetTimestamp();
    private readonly DateTimeOffset _started = machine.GetUtcNow();

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _started + machine.GetElapsedTime(_startedAt);

    /// <inheritdoc/>
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>The time of the wall clock.</summary>
    internal DateTimeOffset GetWallTime() => machine.GetUtcNow();
}
