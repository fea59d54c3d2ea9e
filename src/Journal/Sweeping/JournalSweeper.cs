using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Journal.Common;

namespace Postfleet.Journal.Sweeping;

/// <summary>
/// Bounds what queues leave behind that are gone: from time to time it walks through the journal and has the last rows deleted of queues
/// that have been empty for
/// <see cref="JournalFloor.KeepFor"/>. A cluster singleton. A sweep that ends in the middle is begun anew the next time.
/// </summary>
/// <remarks>
/// <code>resting --timer--> sweeping: page, pause, page, pause ... --> resting</code>
/// </remarks>
internal sealed class JournalSweeper : UntypedActor, IWithTimers
{
    /// <summary>Pause between two sweeps, and before the first.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Rows of a page: what the journal's writes wait for stays at a few milliseconds.</summary>
    public const int PageSize = 500;

    /// <summary>Shortest pause behind a page.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>How many times as long as a page the pause behind it is: a sweep takes a tenth of the time of one connection.</summary>
    private const int PauseShare = 9;

    private readonly JournalSweep _sweep;
    private readonly Func<bool> _mayFloorRise;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();

    /// <param name="sweep">What deletes the rows.</param>
    /// <param name="mayFloorRise">Whether all nodes know of the floor: queues of a node that does not would start below it, and could write
    /// nothing.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public JournalSweeper(JournalSweep sweep, Func<bool> mayFloorRise, TimeProvider time, ILogger logger) =>
        (_sweep, _mayFloorRise, _time, _logger) = (sweep, mayFloorRise, time, logger);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Rest();

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
                Rest();
                break;
            case Swept swept:
                if (swept.Rows > 0) JournalLog.JournalSwept(_logger, swept.Rows);
                Rest();
                break;
            case SweepFailed failure:
                JournalLog.JournalSweepFailed(_logger, failure.Cause);
                Rest();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Rest() => Timers.StartSingleTimer(Sweep.Instance, Sweep.Instance, Interval);

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
