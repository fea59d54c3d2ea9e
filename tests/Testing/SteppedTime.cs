namespace Postfleet.Testing;

/// <summary>The clocks of a machine whose wall clock can be set. Timestamps and timers are not affected.</summary>
/// <param name="elapsed">The clock of elapsed time.</param>
public sealed class SteppedTime(TimeProvider elapsed) : TimeProvider
{
    /// <summary>The offset of the wall clock; negative when it was set back.</summary>
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
