using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Settling;

/// <summary>
/// Starts the report of the notes about a message, some seconds after the first note: other parts of the message may fail within these
/// seconds, and the sender then gets a single report instead of hundreds. Where the last part of a message is settled earlier, its
/// settler makes the report, and the sweeper finds nothing. A cluster singleton; its state is durable in the spool alone, so any other
/// instance can take over.
/// </summary>
internal sealed class ReportSweeper : UntypedActor, IWithTimers
{
    /// <summary>How long notes about a message are gathered, counted from the first note.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>Pause between two looks: the longest delay of a report after its time.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>Most rows read at a time.</summary>
    public const int PageSize = 500;

    private readonly IReportStore _reports;
    private readonly Reporter _reporter;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _interval;
    private readonly CancellationTokenSource _stopped = new();

    public ReportSweeper(IReportStore reports, Reporter reporter, TimeProvider time, ILogger logger, TimeSpan interval) =>
        (_reports, _reporter, _time, _logger, _interval) = (reports, reporter, time, logger, interval);

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
            case Sweep:
                SweepAsync(_stopped.Token).PipeTo(Self, success: () => Swept.Instance, failure: cause => new SweepFailed(cause));
                break;
            case Swept:
                Rest();
                break;
            case SweepFailed failure:
                _logger.ReportSweepFailed(failure.Cause);
                Rest();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Rest() => Timers.StartSingleTimer(Sweep.Instance, Sweep.Instance, _interval);

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var (before, after) = (_time.GetUtcNow() - Window, 0L);
        HashSet<MessageId> done = [];
        while (true)
        {
            var page = await _reports.FindDueAsync(before, after, PageSize, cancellationToken);
            if (page.Count == 0) return;
            after = page[^1].Row;
            await Task.WhenAll(
                page.Select(due => due.Message).Where(done.Add).Select(message => _reporter.ReportAsync(message, cancellationToken)));
        }
    }

    private sealed record SweepFailed(Exception Cause) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class Sweep : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Sweep Instance = new();
    }

    private sealed class Swept : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Swept Instance = new();
    }
}
