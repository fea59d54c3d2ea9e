using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.Settling;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.QueueActors.Tests.Settling;

/// <summary>The settler passes the outcomes of a request to the spool, however the request is settled.</summary>
public sealed class OutcomeSettlingTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");

    private readonly MemorySpool _spool = new() { KeepsOutcomes = true };
    private readonly RecordingLogger _log = new();
    private readonly Reporter _reporter;
    private readonly Settler _settler;
    private int _ids;

    public OutcomeSettlingTests()
    {
        var notifier = new Notifier(new DsnBuilder("mx.test"), new NotificationRules(_ => TimeSpan.FromDays(5)));
        var submission = new MessageSubmission(_spool, new RecordingHandOff(), TimeProvider.System);
        _reporter = new Reporter(_spool, submission, notifier, TimeProvider.System, _log);
        _settler = new Settler(_spool, _spool, notifier, _reporter, TimeProvider.System, _log);
    }

    public void Dispose()
    {
        _settler.Dispose();
        _reporter.Dispose();
    }

    [Theory]
    [InlineData(Disposition.Delivered, ReportCause.Attempt, true)]
    [InlineData(Disposition.Failed, ReportCause.Attempt, true)]
    [InlineData(Disposition.Failed, ReportCause.Expired, true)]
    [InlineData(Disposition.Deferred, ReportCause.Delayed, false)]
    public async Task Outcomes_reach_the_spool_once(Disposition disposition, ReportCause cause, bool isFinal)
    {
        var part = new PartId(MessageId.FromHalves(1, (ulong)++_ids), Queue);
        // The null reverse-path: a delay is reported to nobody, and still recorded.
        _spool.Add(part, Noon, "user@a.test");
        var outcome = new RecipientOutcome(RecipientSet.Of(0), disposition, new SmtpReply(250, null, "x"), "mx.a.test");
        var outcomes = new PartOutcomes(cause, Noon, [outcome]);
        var request = new SettlementRequest(
            part.Message, 3, isFinal, Noon, cause, disposition == Disposition.Delivered ? [] : [outcome])
        { Outcomes = outcomes };
        for (var i = 0; i < 3; i++) Assert.Single(await _settler.SettleAsync(Queue, [request], default));
        Assert.Equal([(part, 3, outcomes)], _spool.Outcomes);
    }
}
