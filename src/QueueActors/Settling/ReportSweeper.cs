using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Settling;

/// <summary>
/// Has a report made of what was noted about a message, some seconds after the first note: other parts of the message may fail within them,
/// and the sender then gets one report instead of hundreds. Where the last part of a message is settled earlier, whoever settles it makes
/// the report, and nothing is found here. A cluster singleton; what it does is durable in the spool alone, so any other one goes on with
/// it.
/// </summary>
internal sealed class ReportSweeper : UntypedActor, IWithTimers
{
    /// <summary>How long notes about a message are gathered, counted from the first one.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>Pause between two looks: the most that a report comes later than its time.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>Most rows that are read at a time.</summary>
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
