namespace Postfleet.Core.Clocks;

/// <summary>
/// The time by which a process schedules: the wall clock's time when the process started, and what has passed since. A wall clock that is
/// set moves nothing that is scheduled by it. One instance is the <see cref="TimeProvider"/> of all rooms of a node. Thread-safe.
/// </summary>
/// <remarks>What people read has the wall clock's time: <see cref="WallTime.GetWallTime"/>.</remarks>
/// <param name="machine">The machine's clocks: its time of day is the wall clock, and its timestamps measure what passes.</param>
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

    /// <summary>What the wall clock shows.</summary>
    internal DateTimeOffset GetWallTime() => machine.GetUtcNow();
}
