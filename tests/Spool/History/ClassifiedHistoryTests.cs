using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.History;

namespace Postfleet.Spool.Tests.History;

/// <summary>The classes of events that are read.</summary>
public sealed class ClassifiedHistoryTests
{
    private static readonly SmtpReply NoUser = new(550, new EnhancedStatus(5, 1, 1), "user unknown");
    private static readonly SmtpReply Ok = new(250, null, "ok");

    [Theory]
    [InlineData(HistoryKind.Failed, "unknown-user")]
    [InlineData(HistoryKind.Deferred, "unknown-user")]
    [InlineData(HistoryKind.Expired, "expired")]
    [InlineData(HistoryKind.Dropped, "operator")]
    public async Task The_class_of_an_event_follows_from_its_kind_and_its_reply(HistoryKind kind, string expected)
    {
        var history = new ClassifiedHistory(new OneEvent(Event(kind, NoUser)), BounceClassifier.Shipped);
        Assert.Equal(expected, Assert.Single((await history.ReadAsync(default, default)).Events).Class?.Name);
        Assert.Equal(expected, Assert.Single((await history.SearchAsync(new HistoryQuery(), null, 1, default)).Recipients).Class?.Name);
    }

    [Fact]
    public async Task Events_without_a_negative_reply_have_no_class()
    {
        foreach (var one in new[] { Event(HistoryKind.Delivered, Ok), Event(HistoryKind.Accepted, null) })
        {
            var history = new ClassifiedHistory(new OneEvent(one), BounceClassifier.Shipped);
            Assert.Same(one, Assert.Single((await history.ReadAsync(default, default)).Events));
        }
    }

    [Theory]
    [InlineData(ReportCause.Bounced, HistoryKind.Failed)]
    [InlineData(ReportCause.Deleted, HistoryKind.Dropped)]
    public void A_recipient_that_an_operator_bounced_has_failed_and_a_deleted_recipient_is_dropped(ReportCause cause, HistoryKind kind)
    {
        var outcomes = new PartOutcomes(
            cause, DateTimeOffset.UnixEpoch, [new RecipientOutcome(RecipientSet.Of(0), Disposition.Failed, NoUser, "")]);
        var part = new PartId(MessageId.FromHalves(1, 1), QueueKey.FromTrusted("default:a.test"));
        List<HistoryEvent> events = [];
        HistoryEvents.AddTo(events, HistoryEntries.Ended(part, 2, outcomes, [], null));
        Assert.Equal(kind, Assert.Single(events).Kind);
    }

    private static HistoryEvent Event(HistoryKind kind, SmtpReply? reply) =>
        new(default, QueueKey.FromTrusted("default:a.test"), 1, 0, kind, DateTimeOffset.UnixEpoch, "a@a.test", "") { Reply = reply };

    private sealed class OneEvent(HistoryEvent one) : IHistory
    {
        public HistoryKeep Keep => HistoryKeep.All;

        public ValueTask<HistoryPage> SearchAsync(HistoryQuery query, string? cursor, int limit, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new HistoryPage([one], null));

        public ValueTask<HistoryTimeline> ReadAsync(MessageId message, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new HistoryTimeline([one], true));
    }
}
