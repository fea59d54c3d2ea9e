using Postfleet.Core.Clocks;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Says in the log that the wall clock was set, and by how much. Schedules do not notice it (<see cref="SteadyTimeProvider"/>); who reads
/// the log sees times that jump, and has to know that stored times keep the old clock until the node is restarted. <see cref="NodeHost"/>
/// makes one and keeps it to the end.
/// </summary>
internal sealed class ClockWatch : IDisposable
{
    /// <summary>The least step that is told. Clocks that follow a time server are moved by less now and then.</summary>
    public static readonly TimeSpan MinStep = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A thread that is not run between its looks at two clocks sees a difference that is none.
    private static readonly TimeSpan MaxLook = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private TimeSpan _ahead;

    /// <summary>Begins to look, each second.</summary>
    /// <param name="time">The steady clock, which knows the wall clock.</param>
    /// <param name="logger">Where each step is named.</param>
    public ClockWatch(TimeProvider time, ILogger logger)
    {
        (_time, _logger) = (time, logger);
        _timer = time.CreateTimer(_ => Look(), null, Interval, Interval);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_gate)
        {
            var steady = _time.GetUtcNow();
            var ahead = _time.GetWallTime() - steady;
            if (_time.GetUtcNow() - steady > MaxLook) return;
            var step = ahead - _ahead;
            if (step.Duration() < MinStep) return;
            _ahead = ahead;
            NodeLog.ClockSet(_logger, Math.Round(step.TotalSeconds, 1), step > TimeSpan.Zero ? "forward" : "back");
        }
    }
}
