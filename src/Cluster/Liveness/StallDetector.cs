using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;
using Postfleet.Core.Clocks;

namespace Postfleet.Cluster.Liveness;

/// <summary>
/// Finds out that this process stood still: stopped by a signal, its machine paused or suspended. The rest of the cluster gives a silent
/// node's destinations to another one, and the node that wakes up does not know that yet. What was in hand when it fell asleep must not be
/// finished then, or it is sent twice.
/// </summary>
/// <remarks>
/// Time is looked at every second, and whenever somebody asks: a gap between two looks that is longer than
/// <see cref="IStallDetector.MaxGap"/> is counted by whoever sees it first, be it the timer, which may be late itself after the wake-up, or
/// the one who is about to finish something. The gap is measured by the clock that counts elapsed time, suspension included, and not by the
/// wall clock, which may be set. Only the pause of a virtual machine is in no clock of the machine: its wall clock is set forward
/// afterwards. So in a cluster a wall clock that is set forward by more than <see cref="IStallDetector.MaxGap"/> has the same consequences
/// as a gap, and a log line of its own. A process whose mail no other has goes on.
/// </remarks>
internal sealed class StallDetector : IStallDetector, IDisposable
{
    /// <summary>
    /// How long nothing is begun after a gap. Jobs that were sent to this process while it stood still are read when it wakes up, and look
    /// new. By the end of this time the node knows whether the others have given it up: 5 seconds without heartbeats of theirs, 6 until the
    /// split brain resolver decides.
    /// </summary>
    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private long _seen;
    private DateTimeOffset _seenAt;
    private long _gaps;
    private long _woken;

    /// <summary>Begins to look.</summary>
    public StallDetector(TimeProvider time, ILogger logger)
    {
        (_time, _logger) = (time, logger);
        (_seenAt, _seen) = (time.GetWallTime(), time.GetTimestamp());
        _timer = time.CreateTimer(_ => Look(), null, Beat, Beat);
    }

    /// <summary>Whether no other process can have this one's mail.</summary>
    public bool IsAlone { get; init; }

    /// <inheritdoc/>
    public long Mark() => Look();

    /// <inheritdoc/>
    public bool IsSteady(long mark) => Look() == mark;

    /// <inheritdoc/>
    public bool IsRecovering => LeftOfRecovery() > TimeSpan.Zero;

    /// <inheritdoc/>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        while (LeftOfRecovery() is { } left && left > TimeSpan.Zero) await Task.Delay(left, _time, cancellationToken);
    }

    /// <summary>Stops looking.</summary>
    public void Dispose() => _timer.Dispose();

    private TimeSpan LeftOfRecovery()
    {
        Look();
        lock (_gate) return _gaps == 0 ? TimeSpan.Zero : Recovery - _time.GetElapsedTime(_woken, _seen);
    }

    private long Look()
    {
        lock (_gate)
        {
            // In this order: a gap between the two counts now, and not as a clock that is set later.
            var (at, now) = (_time.GetWallTime(), _time.GetTimestamp());
            var gap = _time.GetElapsedTime(_seen, now);
            var step = at - _seenAt - gap;
            if (gap > IStallDetector.MaxGap)
            {
                (_gaps, _woken, at) = (_gaps + 1, now, _time.GetWallTime());
                ClusterLog.StoodStill(_logger, gap, Recovery);
            }
            else if (step > IStallDetector.MaxGap && !IsAlone)
            {
                (_gaps, _woken) = (_gaps + 1, now);
                ClusterLog.MaybePaused(_logger, step, Recovery);
            }

            (_seen, _seenAt) = (now, at);
            return _gaps;
        }
    }
}
