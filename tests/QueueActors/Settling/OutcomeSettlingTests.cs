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
    private readonly RecordingHandOff _handOff = new();
    private readonly RecordingLogger _log = new();
    private readonly Reporter _reporter;
    private readonly Settler _settler;
    private int _ids;

    public OutcomeSettlingTests()
    {
        var notifier = new Notifier(new DsnBuilder("mx.test"), new NotificationRules(_ => TimeSpan.FromDays(5)));
        var submission = new MessageSubmission(_spool, _handOff, TimeProvider.System);
        _reporter = new Reporter(_spool, submission, notifier, TimeProvider.System, _log);
        _settler = new Settler(_spool, _spool, notifier, _reporter, _handOff, TimeProvider.System, _log);
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

    [Fact]
    public async Task A_moved_part_is_offered_to_its_new_queue_once()
    {
        var part = new PartId(MessageId.FromHalves(1, (ulong)++_ids), Queue);
        _spool.Add(part, Noon, "user@a.test");
        var queued = new QueuedPart(part.Message, 1, Noon);
        var request = new SettlementRequest(part.Message, 3, true, Noon, ReportCause.Moved, [])
        {
            Move = new RequestedMove("bulk", queued, new MovedPart(RecipientSet.All(1), 3, 1) { Action = 17 }),
        };
        for (var i = 0; i < 3; i++) Assert.Single(await _settler.SettleAsync(Queue, [request], default));
        var offered = Assert.Single(_handOff.Parts);
        Assert.Equal(new PendingPart(QueueKey.FromTrusted("bulk:a.test"), queued) { IsMoved = true }, offered);
        Assert.Contains(part.Message, (await _spool.FindExistingAsync(offered.Queue, [part.Message], default)).Keys);
    }
}
