using Microsoft.Extensions.Logging;

namespace Postfleet.Delivery;

/// <summary>
/// Finds out that this process stood still: stopped by a signal, its machine paused or suspended. The rest of the cluster gives a silent node's destinations
/// to another one, and the node that wakes up does not know that yet. What was in hand when it fell asleep must not be finished then, or it is sent twice.
/// </summary>
/// <remarks>
/// Time is looked at every second, and whenever somebody asks: a gap between two looks that is longer than <see cref="MaxGap"/> is counted by whoever sees it
/// first, be it the timer, which may be late itself after the wake-up, or the one who is about to finish something.
/// </remarks>
internal sealed class Pulse : IDisposable
{
    /// <summary>
    /// The longest time between two looks that is no gap. Above what a loaded machine or a collection of garbage takes; half of the 10 seconds that
    /// the cluster waits at least before it gives the entities of a silent node to another.
    /// </summary>
    public static readonly TimeSpan MaxGap = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long nothing is begun after a gap. Jobs that were sent to this process while it stood still are read when it wakes up, and look new. By the end of
    /// this time the node knows whether the others have given it up: 5 seconds without heartbeats of theirs, 6 until the split brain resolver decides.
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
    public Pulse(TimeProvider time, ILogger logger)
    {
        (_time, _logger) = (time, logger);
        (_seen, _seenAt) = (time.GetTimestamp(), time.GetUtcNow());
        _timer = time.CreateTimer(_ => Look(), null, Beat, Beat);
    }

    /// <summary>Marks the moment: to be handed to <see cref="IsSteady"/> later.</summary>
    public long Mark() => Look();

    /// <summary>Whether there was no gap since a mark was made, up to this moment.</summary>
    public bool IsSteady(long mark) => Look() == mark;

    /// <summary>Whether there was a gap so lately that this node may have been given up without knowing it.</summary>
    public bool IsRecovering => LeftOfRecovery() > TimeSpan.Zero;

    /// <summary>Waits until the last gap is long enough ago for something to be begun.</summary>
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
            var (now, at) = (_time.GetTimestamp(), _time.GetUtcNow());
            // The clock that counts the seconds does not run in a machine that is paused, but its time of day is set right afterwards.
            var (elapsed, difference) = (_time.GetElapsedTime(_seen, now), at - _seenAt);
            var gap = elapsed > difference ? elapsed : difference;
            if (gap > MaxGap)
            {
                (_gaps, _woken) = (_gaps + 1, now);
                _logger.StoodStill(gap, Recovery);
            }

            (_seen, _seenAt) = (now, at);
            return _gaps;
        }
    }
}
