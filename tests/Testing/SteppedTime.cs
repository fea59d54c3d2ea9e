namespace Postfleet.Testing;

/// <summary>The clocks of a machine whose wall clock is set while time goes on: its timestamps and timers do not notice.</summary>
/// <param name="elapsed">The time that passes.</param>
public sealed class SteppedTime(TimeProvider elapsed) : TimeProvider
{
    /// <summary>How far the wall clock has been set forward; below zero: back.</summary>
    public TimeSpan Ahead { get; set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => elapsed.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => elapsed.GetUtcNow() + Ahead;

    /// <inheritdoc/>
    public override long GetTimestamp() => elapsed.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        elapsed.CreateTimer(callback, state, dueTime, period);
}
