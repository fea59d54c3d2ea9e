using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;
using Postfleet.Core.Clocks;

namespace Postfleet.Cluster.Liveness;

/// <summary>
/// Detects pauses of this process: a stop by a signal, or a pause or suspension of its machine. The cluster moves the destinations of a
/// silent node to another node, and the waking node does not know it yet. Attempts begun before the gap must not finish after it, or their
/// messages are sent twice. Connections call it on their threads, a timer on the thread pool.
/// </summary>
/// <remarks>
/// The clocks are read every second and in each call. A gap of more than <see cref="IStallDetector.MaxGap"/> between two readings is
/// counted by the first caller to see it: the timer, which may itself be late after the wake-up, or an attempt before its final dot. The
/// gap is measured by the clock of elapsed time, which includes suspension, and not by the wall clock, which can be set. The pause of a
/// virtual machine is in no clock of the machine, but afterwards its wall clock is set forward. So in a cluster a wall clock set forward by
/// more than <see cref="IStallDetector.MaxGap"/> has the consequences of a gap, and a log line of its own. A process whose mail no other
/// process can have continues.
/// </remarks>
internal sealed class StallDetector : IStallDetector, IDisposable
{
    /// <summary>
    /// How long no attempt begins after a gap. Jobs sent to this process during the gap are received when it wakes up and look new. At the
    /// end of this time the node knows whether the cluster has removed it: the other nodes miss its heartbeats after 5 seconds, and the
    /// split brain resolver decides 6 seconds later.
    /// </summary>
    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private ClockReading _last;
    private long _gaps;
    private long _lastGapEnd;

    /// <summary>Starts to read the clocks each second.</summary>
    public StallDetector(TimeProvider time, ILogger logger)
    {
        (_time, _logger, _last) = (time, logger, ClockReading.Now(time));
        ClusterMetrics.Begin();
        _timer = time.CreateTimer(_ => CountGaps(), null, Interval, Interval);
    }

    /// <summary>Whether no other process can have this process's mail.</summary>
    public bool IsAlone { get; init; }

    /// <inheritdoc/>
    public long Mark() => CountGaps();

    /// <inheritdoc/>
    public bool IsSteady(long mark) => CountGaps() == mark;

    /// <inheritdoc/>
    public bool IsRecovering => LeftOfRecovery() > TimeSpan.Zero;

    /// <inheritdoc/>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        while (LeftOfRecovery() is { } left && left > TimeSpan.Zero) await Task.Delay(left, _time, cancellationToken);
    }

    /// <summary>Stops the timer.</summary>
    public void Dispose() => _timer.Dispose();

    private TimeSpan LeftOfRecovery()
    {
        CountGaps();
        lock (_gate) return _gaps == 0 ? TimeSpan.Zero : Recovery - _time.GetElapsedTime(_lastGapEnd, _last.Timestamp);
    }

    private long CountGaps()
    {
        lock (_gate)
        {
            // The wall clock is read first, so a gap between the two reads counts as a gap and not later as a step of the wall clock.
            var now = ClockReading.Now(_time);
            var (gap, step) = (now.ElapsedSince(_last, _time), now.StepSince(_last, _time));
            if (gap > IStallDetector.MaxGap)
            {
                (_gaps, _lastGapEnd) = (_gaps + 1, now.Timestamp);
                // The gap may lie between the two reads of this reading.
                now = now with { Wall = _time.GetWallTime() };
                ClusterLog.StoodStill(_logger, gap, Recovery);
                ClusterMetrics.StoodStill(gap);
            }
            else if (step > IStallDetector.MaxGap && !IsAlone)
            {
                (_gaps, _lastGapEnd) = (_gaps + 1, now.Timestamp);
                ClusterLog.MaybePaused(_logger, step, Recovery);
            }

            _last = now;
            return _gaps;
        }
    }
}
