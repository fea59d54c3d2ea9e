using System.Text;
using MimeKit;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Notifications;
using Postfleet.Spool.Common;
using Xunit;
using MessageContent = Postfleet.Core.Mail.MessageContent;

namespace Postfleet.QueueActors.Tests.Notifications;

/// <summary>The recipients and the content of DSNs, by the requests of senders.</summary>
public sealed class NotifierTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");
    private static readonly SmtpReply No = new(550, new EnhancedStatus(5, 1, 1), "no such user");
    private static readonly SmtpReply Later = new(450, null, "later");
    private static readonly SmtpReply Ok = new(250, null, "ok");

    public static TheoryData<NotifyOn, bool, bool, bool> Wishes => new()
    {
        { NotifyOn.Unspecified, false, true, true },
        { NotifyOn.Never, false, false, false },
        { NotifyOn.Success, true, false, false },
        { NotifyOn.Failure, false, true, false },
        { NotifyOn.Delay, false, false, true },
        { NotifyOn.Success | NotifyOn.Failure | NotifyOn.Delay, true, true, true },
    };

    [Theory]
    [MemberData(nameof(Wishes))]
    public void Senders_get_the_notifications_of_their_notify_parameter(NotifyOn notify, bool success, bool failure, bool delay)
    {
        var part = Part([new DsnRequest(notify, "")]);
        Assert.Equal(success, Notify(Report([Relayed(0)]), part) is not null);
        Assert.Equal(failure, Notify(Report([Failed(0)]), part) is not null);
        Assert.Equal(failure, Notify(Report([Failed(0)]) with { Cause = ReportCause.Expired }, part) is not null);
        Assert.Equal(delay, Notify(Report([Deferred(0)]) with { Cause = ReportCause.Delayed, IsFinal = false }, part) is not null);
    }

    [Fact]
    public void A_dsn_names_all_recipients_with_a_requested_notification()
    {
        var part = Part([DsnRequest.None, new(NotifyOn.Never, ""), new(NotifyOn.Success, "rfc822;x@a.test"), new(NotifyOn.Failure, "")]);
        var status = Status(Notify(Report([Failed(0, 1), Relayed(2), Failed(3)]), part)!);
        Assert.Equal(["failed", "relayed", "failed"], status.Skip(1).Select(group => group["Action"]));
        Assert.Equal(
            ["user0@a.test", "user2@a.test", "user3@a.test"], status.Skip(1).Select(group => group["Final-Recipient"]!.Split("; ")[1]));
        Assert.Equal("rfc822; x@a.test", status[2]["Original-Recipient"]);
    }

    [Fact]
    public void A_delivery_that_is_owed_is_told_by_its_name()
    {
        var part = Part([new(NotifyOn.Success, "")]);
        var delivered = new RecipientOutcome(RecipientSet.Of(0), Disposition.Delivered, Ok, "") { Success = SuccessReport.Delivered };
        Assert.Equal("delivered", Status(Notify(Report([delivered]), part)!)[1]["Action"]);
    }

    [Fact]
    public void An_expanded_address_is_told_by_its_name()
    {
        var named = new NotedRecipient(Mailbox.Parse("all@a.test"), "rfc822;all@x.test");
        var part = Part([DsnRequest.None]);
        var pending = new PendingReport(
            part.Id.Message, part.AcceptedAt, part.Message, part.Content,
            [
                new NotedReport(Queue, ReportCause.Attempt, Noon, null,
                    [new NotedOutcome([named], Disposition.Delivered, SuccessReport.Expanded, Ok, "")]),
            ], [1]);
        var notifier = new Notifier(new DsnBuilder("node.test"), new NotificationRules(_ => TimeSpan.FromDays(5)));
        var draft = notifier.Notify(pending, Noon, Noon)!;
        var status = Status(draft.Message);
        Assert.Equal(("expanded", "rfc822; all@a.test", "rfc822; all@x.test", "2.0.0"), (
            status[1]["Action"], status[1]["Final-Recipient"], status[1]["Original-Recipient"], status[1]["Status"]));
        Assert.Contains("for whom the addresses below stand", Text(draft.Message), StringComparison.Ordinal);
    }

    [Fact]
    public void A_late_message_says_until_when_it_is_tried()
    {
        var status = Status(Notify(Report([Deferred(0)]) with { Cause = ReportCause.Delayed, IsFinal = false }, Part([DsnRequest.None]))!);
        Assert.Equal("Mon, 09 Mar 2026 12:00:00 +0000", status[1]["Will-Retry-Until"]);
    }

    [Theory]
    [InlineData("for;60")]
    [InlineData("until;2026-03-04T12:01:00Z")]
    public void A_report_about_a_held_message_names_the_request_to_hold_it(string request)
    {
        var part = Part([DsnRequest.None]);
        Assert.False(Status(Notify(Report([Failed(0)]), part)!)[0].Contains("Future-Release-Request"));
        part = part with { Message = part.Message with { SendAfter = 60, HoldRequest = request } };
        var fields = Status(Notify(Report([Failed(0)]), part)!)[0];
        Assert.Equal(request, fields["Future-Release-Request"]);
        Assert.True(fields.Contains("Arrival-Date"));
    }

    [Fact]
    public void A_report_has_the_priority_of_its_message_and_the_end_of_the_time_for_the_delivery()
    {
        var part = Part([DsnRequest.None]);
        Assert.False(Status(Notify(Report([Failed(0)]), part)!)[0].Contains("Deliver-By-Date"));
        part = part with { Message = part.Message with { Priority = 4, DeliverBy = new(120, DeliverByMode.Return, IsTraced: false) } };
        var dsn = Notify(Report([Failed(0)]), part)!;
        Assert.Equal((4, null), (dsn.Envelope.Priority, dsn.Envelope.DeliverBy));
        Assert.Equal("Wed, 04 Mar 2026 12:02:00 +0000", Status(dsn)[0]["Deliver-By-Date"]);
    }

    [Theory]
    [InlineData(NotifyOn.Unspecified, true)]
    [InlineData(NotifyOn.Failure, true)]
    [InlineData(NotifyOn.Success, true)]
    [InlineData(NotifyOn.Never, false)]
    public void A_relay_of_a_message_with_a_time_for_its_delivery_is_reported_without_a_request(NotifyOn notify, bool isReported)
    {
        var part = Part([new(notify, "")]);
        part = part with { Message = part.Message with { DeliverBy = new(120, DeliverByMode.Notify, IsTraced: false) } };
        var dsn = Notify(Report([Relayed(0)]), part);
        Assert.Equal(isReported, dsn is not null);
        if (dsn is not null) Assert.Equal("relayed", Status(dsn)[1]["Action"]);
    }

    [Fact]
    public void Nobody_is_told_anything_about_mail_from_the_null_sender()
    {
        var part = Part([new(NotifyOn.Success | NotifyOn.Failure | NotifyOn.Delay, "")]);
        part = part with { Message = part.Message with { ReversePath = null, Return = ReturnContent.Full } };
        var rules =
            new NotificationRules(_ => TimeSpan.FromDays(5)) { Copies = [Mailbox.Parse("postmaster@example.net")], MaxReturned = 1000 };
        foreach (var outcome in (RecipientOutcome[])[Failed(0), Relayed(0), Deferred(0)])
            Assert.Null(Notify(Report([outcome]), part, rules));
        Assert.Null(Notifier(rules).Note(Report([Failed(0)]), part, Noon));
    }

    [Fact]
    public void Only_copies_of_failures_go_to_the_operators()
    {
        var rules = new NotificationRules(_ => TimeSpan.FromDays(5))
        {
            Copies = [Mailbox.Parse("postmaster@example.net"), Mailbox.Parse("sender@example.org"), Mailbox.Parse("log@example.org")],
        };
        var part = Part([new(NotifyOn.Success | NotifyOn.Failure | NotifyOn.Delay, "")]);
        Assert.Equal(
            ["default:example.org: sender@example.org, log@example.org", "default:example.net: postmaster@example.net"],
            Notify(Report([Failed(0)]), part, rules)!.Parts.Select(to => $"{to.Queue}: {string.Join(", ", to.Envelope.Recipients)}"));
        foreach (var outcome in (RecipientOutcome[])[Relayed(0), Deferred(0)])
            Assert.Equal("sender@example.org", Assert
                .Single(Assert.Single(Notify(Report([outcome]), part, rules)!.Parts).Envelope.Recipients).Address);
        Assert.Null(Notify(Report([Failed(0)]), Part([new(NotifyOn.Never, "")]), rules));
    }

    [Theory]
    [InlineData(ReturnContent.Unspecified, 1000, false)]
    [InlineData(ReturnContent.Headers, 1000, false)]
    [InlineData(ReturnContent.Full, 1000, true)]
    [InlineData(ReturnContent.Full, 10, false)]
    public void A_failure_returns_the_requested_content_up_to_a_size(ReturnContent content, int maxReturned, bool isWhole)
    {
        var rules = new NotificationRules(_ => TimeSpan.FromDays(5)) { MaxReturned = maxReturned };
        var part = Part([DsnRequest.None]);
        part = part with { Message = part.Message with { Return = content, EnvelopeId = "id+2B1" } };
        var head = part with { Content = new MessageContent(part.Content.ToMemory()[..20]) };
        Assert.Equal(isWhole, WantsAll(rules, Report([Failed(0)]), head));
        Assert.False(WantsAll(rules, Report([Failed(0)]), part));
        Assert.False(WantsAll(rules, Report([Relayed(0)]), head));
        var dsn = Notify(Report([Failed(0)]), part, rules)!;
        Assert.Equal(isWhole, Text(dsn).Contains("gr\u00fc\u00dfe", StringComparison.Ordinal));
        Assert.Equal((isWhole, null), (dsn.Envelope.HasEightBitContent, dsn.Envelope.ReversePath));
        Assert.Equal("id+1", Status(dsn)[0]["Original-Envelope-Id"]);
        Assert.Equal(dsn.Content.Length, dsn.Envelope.Size);
        Assert.False(dsn.Envelope.RequiresTls);
        Assert.Equal(
            AcceptanceDetails.None with { HeaderMessageId = $"<{dsn.Id}@mx.postfleet.test>" }, dsn.Envelope.Acceptance);
        // A message for TLS alone comes back as its header, for TLS alone.
        var secret = Notify(Report([Failed(0)]), part with { Message = part.Message with { RequiresTls = true } }, rules)!;
        Assert.DoesNotContain("gr\u00fc\u00dfe", Text(secret), StringComparison.Ordinal);
        Assert.True(secret.Envelope.RequiresTls);
        // Other reports return the header, regardless of the request; so does a report whose message was not read as a whole.
        Assert.DoesNotContain("gr\u00fc\u00dfe", Text(Notify(Report([Deferred(0)]), part, rules)!), StringComparison.Ordinal);
        Assert.False(Notify(Report([Failed(0)]), head, rules)!.Envelope.HasEightBitContent);
    }

    private static Notifier Notifier(NotificationRules rules) => new(new DsnBuilder("mx.postfleet.test"), rules);

    private static NewMessage? Notify(SettlementRequest report, SpooledPart part, NotificationRules? rules = null)
    {
        var notifier = Notifier(rules ?? new NotificationRules(_ => TimeSpan.FromDays(5)));
        return notifier.Note(report, part, Noon.AddHours(4)) is { } note
            ? notifier.Notify(Pending(part, note), Noon.AddHours(4), Noon.AddHours(4))!.Message : null;
    }

    private static bool WantsAll(NotificationRules rules, SettlementRequest report, SpooledPart part) =>
        Notifier(rules).Note(report, part, Noon) is { } note && Notifier(rules).WantsAll(Pending(part, note));

    private static PendingReport Pending(SpooledPart part, params NotedReport[] notes) =>
        new(part.Id.Message, part.AcceptedAt, part.Message, part.Content, notes, []);

    private static string Text(NewMessage dsn) => Encoding.UTF8.GetString(dsn.Content.ToMemory().Span);

    private static HeaderListCollection Status(NewMessage dsn)
    {
        using var mail = MimeMessage.Load(new MemoryStream(dsn.Content.ToMemory().ToArray()));
        return mail.BodyParts.OfType<MessageDeliveryStatus>().Single().StatusGroups;
    }

    private static SettlementRequest Report(IReadOnlyList<RecipientOutcome> outcomes) =>
        new(MessageId.FromHalves(1, 2), 1, true, Noon, ReportCause.Attempt, outcomes);

    private static RecipientOutcome Failed(params int[] recipients) =>
        new(RecipientSet.Of(recipients), Disposition.Failed, No, "mx.a.test[192.0.2.1]:25");

    private static RecipientOutcome Deferred(params int[] recipients) =>
        new(RecipientSet.Of(recipients), Disposition.Deferred, Later, "mx.a.test[192.0.2.1]:25");

    private static RecipientOutcome Relayed(params int[] recipients) =>
        new(RecipientSet.Of(recipients), Disposition.Delivered, Ok, "mx.a.test[192.0.2.1]:25") { Success = SuccessReport.Relayed };

    private static SpooledPart Part(IReadOnlyList<DsnRequest> requests)
    {
        var content = new MessageContent(Encoding.UTF8.GetBytes("Subject: hello\r\n\r\ngr\u00fc\u00dfe\r\n"));
        var envelope =
            new MessageEnvelope { ReversePath = Mailbox.Parse("sender@example.org"), Size = content.Length, HasEightBitContent = true };
        var part = new PartEnvelope([.. requests.Select((_, i) => Mailbox.Parse($"user{i}@a.test"))]) { Requests = requests };
        return new SpooledPart(new PartId(MessageId.FromHalves(1, 2), Queue), Noon, envelope, part, content);
    }
}
