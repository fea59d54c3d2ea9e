using Postfleet.Core.Clocks;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Logs each step of the wall clock with its length. Schedules are not affected (<see cref="SteadyTimeProvider"/>), but times in the log
/// jump, and stored times keep the old clock until the node restarts: operators have to know both. <see cref="NodeHost"/> owns it; a timer
/// calls it on the thread pool.
/// </summary>
internal sealed class ClockWatch : IDisposable
{
    /// <summary>The shortest logged step. Adjustments by time servers are shorter.</summary>
    public static readonly TimeSpan MinStep = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A thread suspended between its reads of the two clocks would see a wrong difference.
    private static readonly TimeSpan MaxReadTime = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private ClockReading _reference;

    /// <summary>Starts to compare the clocks each second.</summary>
    /// <param name="time">The steady clock, which also gives the wall clock.</param>
    /// <param name="logger">The log of the steps.</param>
    public ClockWatch(TimeProvider time, ILogger logger)
    {
        (_time, _logger, _reference) = (time, logger, ClockReading.Now(time));
        _timer = time.CreateTimer(_ => Compare(), null, Interval, Interval);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Compare()
    {
        lock (_gate)
        {
            var started = _time.GetTimestamp();
            var reading = ClockReading.Now(_time);
            if (_time.GetElapsedTime(started, reading.Timestamp) > MaxReadTime) return;
            // Smaller steps add up, because the reference stays.
            var step = reading.StepSince(_reference, _time);
            if (step.Duration() < MinStep) return;
            _reference = reading;
            NodeLog.ClockSet(_logger, Math.Round(step.TotalSeconds, 1), step > TimeSpan.Zero ? "forward" : "back");
        }
    }
}
