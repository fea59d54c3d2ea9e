using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The promises of the history about events and timelines, on both engines.</summary>
public abstract class HistoryContract : HistoryBench
{
    private protected HistoryContract(ISpoolPlace place) : base(place)
    {
    }

    [Fact]
    public async Task A_timeline_has_all_events_of_a_message_in_order()
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync("a@a.test", "b@a.test", "c@c.test");
        await AcceptAsync("other@a.test");
        await DeferAsync(message, 1, recipients: [0, 1]);
        await EndAsync(message, 2, Ok, isFinal: false, recipients: [1]);
        await EndAsync(message, 1, No, part: 1);
        await EndAsync(message, 3, Later, isFinal: false, cause: ReportCause.Delayed);
        await EndAsync(message, 4, No, cause: ReportCause.Expired);
        string[] expected =
        [
            "0 a@a.test Accepted", "0 b@a.test Accepted", "0 c@c.test Accepted", "1 a@a.test Deferred", "1 b@a.test Deferred",
            "2 b@a.test Delivered", "1 c@c.test Failed", "3 a@a.test Delayed", "4 a@a.test Expired",
        ];
        Assert.Equal(expected, await TimelineAsync(message.Id));
        await KeepAsync();
        Assert.Equal(expected, await TimelineAsync(message.Id));
        await OpenHistoryAsync();
        Assert.Equal(expected, await TimelineAsync(message.Id));
        Assert.Empty(await TimelineAsync(MessageId.FromHalves(1, 2)));
    }

    [Fact]
    public async Task Events_carry_what_is_known_of_them()
    {
        await OpenHistoryAsync();
        var details = new AcceptanceDetails("submission", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "user", "<id@a.test>");
        var message = NewMessage("a@a.test");
        message = message with { Envelope = message.Envelope with { Acceptance = details } };
        await StoreAsync(message);
        var attempt = new AttemptDetails("192.0.2.1", "192.0.2.9", "TLSv1.2", "cipher", TimeSpan.FromMilliseconds(123.456));
        var outcomes = OutcomesOf(No, ReportCause.Attempt, 0) with { Details = attempt };
        await Spool.SettleAsync(new Settlement(message.Part(), 1, true, null) { Outcomes = outcomes }, default);
        var events = (await History.ReadAsync(message.Id, default)).Events;
        Assert.All(
            events, one => Assert.Equal((message.Id, message.Part().Queue, "sender@example.org"), (one.Message, one.Queue, one.Sender)));
        var acceptance = new HistoryAcceptance(message.Content.Length, "192.0.2.7", "client.example.org", "") { Details = details };
        Assert.Equal(acceptance, events[0].Acceptance);
        Assert.Equal((null, attempt), (events[0].Attempt, events[1].Attempt));
        Assert.Equal((message.AcceptedAt, Time.Now), (events[0].At, events[1].At));
        Assert.Equal((No, "mx.a.test [192.0.2.1]"), (events[1].Reply, events[1].RemoteHost));
    }

    [Fact]
    public async Task The_acceptance_has_the_time_of_sending_and_the_metadata()
    {
        await OpenHistoryAsync();
        var metadata = new MessageMetadata([new("order", "4711"), new("kind", "")]);
        var message = NewMessage("a@a.test", "b@a.test", "c@b.test");
        var by = new DeliverByRequest(-5, DeliverByMode.Notify, IsTraced: false);
        var envelope = message.Envelope with { SendAfter = 60, Priority = 4, DeliverBy = by, Metadata = metadata };
        await StoreAsync(message with { Envelope = envelope });
        await KeepAsync();
        var events = (await History.ReadAsync(message.Id, default)).Events;
        Assert.Equal(3, events.Count);
        Assert.All(
            events, one => Assert.Equal((60, 4, by), (one.Acceptance!.SendAfter, one.Acceptance.Priority, one.Acceptance.DeliverBy)));
        // PostgreSQL keeps it once.
        Assert.Contains(events, one => one.Acceptance!.Metadata.Equals(metadata));
        Assert.All(events, one => Assert.Contains(one.Acceptance!.Metadata, (MessageMetadata[])[metadata, MessageMetadata.None]));
    }

    [Fact]
    public async Task A_repeated_event_is_there_once()
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync("a@a.test");
        var deferred = OutcomesOf(Later, ReportCause.Attempt, 0);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Spool.RecordAsync(message.Part(), 1, deferred, default).AsTask()));
        var settlement = new Settlement(message.Part(), 2, true, null) { Outcomes = OutcomesOf(Ok, ReportCause.Attempt, 0) };
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Spool.SettleAsync(settlement, default).AsTask()));
        await KeepAsync();
        await Spool.RecordAsync(message.Part(), 3, deferred, default);
        Assert.Equal(["0 a@a.test Accepted", "1 a@a.test Deferred", "2 a@a.test Delivered"], await TimelineAsync(message.Id));
    }

    [Fact]
    public async Task A_notification_is_an_event_of_the_message_and_a_message_of_its_own()
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync("a@a.test");
        var dsn = Mail.Notification();
        var settlement = new Settlement(message.Part(), 1, true, dsn) { Outcomes = OutcomesOf(No, ReportCause.Attempt, 0) };
        Assert.True((await Spool.SettleAsync(settlement, default)).Applied);
        var events = (await History.ReadAsync(message.Id, default)).Events;
        var notified = Assert.Single(events, one => one.Kind == HistoryKind.Dsn);
        Assert.Equal((dsn.Id, "user@example.org", "sender@example.org"), (notified.Notification, notified.Recipient, notified.Sender));
        Assert.Equal(["0 user@example.org Accepted"], await TimelineAsync(dsn.Id));
        Assert.Equal(["user@example.org Accepted", "a@a.test Failed"], (await FindAsync()).OrderDescending());
    }

    [Fact]
    public async Task A_report_about_several_parts_is_an_event()
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync("a@a.test", "b@b.test");
        await Spool.SettleAsync(message.Noted(0), default);
        Assert.True((await Spool.SettleAsync(message.Noted(1), default)).IsReportDue);
        var pending = await Spool.ReadPendingAsync(message.Id, 0, default);
        Assert.True(await Spool.CompleteAsync(message.Id, pending!.Rows, Mail.Notification(), default));
        Assert.Contains("0 user@example.org Dsn", await TimelineAsync(message.Id));
    }

    [Fact]
    public async Task Failures_alone_stand_by_themselves()
    {
        await OpenHistoryAsync(HistoryKeep.Failures);
        var message = await AcceptAsync("a@a.test", "b@a.test");
        await DeferAsync(message, 1);
        await Spool.SettleAsync(
            new Settlement(message.Part(), 2, true, Mail.Notification())
            {
                Outcomes = new PartOutcomes(
                    ReportCause.Attempt, Tick(),
                    [
                        new RecipientOutcome(RecipientSet.Of(0), Disposition.Delivered, Ok, "mx"),
                        new RecipientOutcome(RecipientSet.Of(1), Disposition.Failed, No, "mx"),
                    ]),
            },
            default);
        Assert.Equal(["1 a@a.test Deferred", "2 b@a.test Failed"], await TimelineAsync(message.Id));
        Assert.Equal(["b@a.test Failed"], await FindAsync(new HistoryQuery { Sender = Mailbox.Parse("sender@EXAMPLE.org") }));
    }

    [Fact]
    public async Task Nothing_is_kept_where_nothing_is_wanted()
    {
        await OpenHistoryAsync(HistoryKeep.None);
        Assert.False(Spool.KeepsOutcomes);
        var message = await AcceptAsync("a@a.test");
        await DeferAsync(message, 1);
        await EndAsync(message, 2, Ok);
        Assert.Empty(await TimelineAsync(message.Id));
        Assert.Empty(await SearchAsync());
    }

    [Fact]
    public async Task Damaged_envelopes_and_odd_texts_hold_no_settlement_up()
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync("a@a.test");
        await ExecuteAsync("UPDATE part SET envelope = message.body FROM message WHERE id = message_id");
        await EndAsync(message, 1, new SmtpReply(550, null, "no\0such \ud800user"));
        Assert.Contains("1  Failed", await TimelineAsync(message.Id));
    }

    [Fact]
    public async Task A_large_message_has_an_event_for_each_recipient()
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync([.. Enumerable.Range(0, 2500).Select(i => $"user{i:0000}@a.test")]);
        await EndAsync(message, 1, Ok, recipients: [.. Enumerable.Range(0, 2500)]);
        var timeline = await History.ReadAsync(message.Id, default);
        Assert.Equal((5000, true), (timeline.Events.Count, timeline.IsComplete));
        Assert.Equal(
            2500, (await SearchAsync(new HistoryQuery { Message = message.Id }, 1000)).Select(one => one.Recipient).Distinct().Count());
    }
}
