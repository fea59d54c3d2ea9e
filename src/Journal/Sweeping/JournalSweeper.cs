using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Journal.Common;

namespace Postfleet.Journal.Sweeping;

/// <summary>
/// Keeps the journal from growing with former queues: each hour this cluster singleton goes through the journal and has the last rows of
/// queues deleted after <see cref="JournalFloor.KeepFor"/> without mail. An interrupted sweep starts again from the beginning the next
/// time.
/// </summary>
/// <remarks>
/// <code>resting --timer--> sweeping: page, pause, page, pause ... --> resting</code>
/// </remarks>
internal sealed class JournalSweeper : UntypedActor, IWithTimers
{
    /// <summary>The pause between two sweeps and before the first sweep.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Rows of a page. Writes of the journal wait a few milliseconds for a page of this size.</summary>
    public const int PageSize = 500;

    /// <summary>The shortest pause after a page.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The pause after a page as a multiple of the page's duration. A sweep takes a tenth of the time of a connection.</summary>
    private const int PauseShare = 9;

    private readonly JournalSweep _sweep;
    private readonly Func<bool> _mayFloorRise;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();

    /// <param name="sweep">Deletes the rows.</param>
    /// <param name="mayFloorRise">Whether all nodes support the floor. Queues of an older node would start below the floor and could write
    /// nothing.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public JournalSweeper(JournalSweep sweep, Func<bool> mayFloorRise, TimeProvider time, ILogger logger) =>
        (_sweep, _mayFloorRise, _time, _logger) = (sweep, mayFloorRise, time, logger);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => ScheduleSweep();

    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Sweep when _mayFloorRise():
                SweepAsync(_stopped.Token).PipeTo(Self, success: rows => new Swept(rows), failure: cause => new SweepFailed(cause));
                break;
            case Sweep:
                ScheduleSweep();
                break;
            case Swept swept:
                if (swept.Rows > 0) JournalLog.JournalSwept(_logger, swept.Rows);
                ScheduleSweep();
                break;
            case SweepFailed failure:
                JournalLog.JournalSweepFailed(_logger, failure.Cause);
                ScheduleSweep();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void ScheduleSweep() => Timers.StartSingleTimer(Sweep.Instance, Sweep.Instance, Interval);

    private async Task<long> SweepAsync(CancellationToken cancellationToken)
    {
        var (before, swept) = (_time.GetUtcNow() - JournalFloor.KeepFor, 0L);
        for (long? after = 0; after is { } place;)
        {
            var started = _time.GetTimestamp();
            var page = await _sweep.SweepAsync(place, before, PageSize, cancellationToken);
            (after, swept) = (page.Last, swept + page.Swept);
            var pause = _time.GetElapsedTime(started) * PauseShare;
            if (after is not null) await Task.Delay(pause > Pause ? pause : Pause, _time, cancellationToken);
        }

        return swept;
    }

    private sealed record Swept(long Rows) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed record SweepFailed(Exception Cause) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class Sweep : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Sweep Instance = new();
    }
}
