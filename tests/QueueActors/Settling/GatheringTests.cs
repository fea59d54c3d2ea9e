using System.Text;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.Settling;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;
using MessageContent = Postfleet.Core.Mail.MessageContent;
using SmtpReply = Postfleet.Core.Mail.SmtpReply;

namespace Postfleet.QueueActors.Tests.Settling;

/// <summary>Different queues settle the parts of a message; its sender gets a single report about them.</summary>
public sealed class GatheringTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly NotificationRules Rules = new(_ => TimeSpan.FromDays(5)) { MaxReturned = 50_000 };
    private static readonly SmtpReply No = new(550, new EnhancedStatus(5, 1, 1), "no such user");

    private readonly FakeTimeProvider _time = new(Noon);
    private readonly RecordingLogger _log = new();
    private readonly RecordingHandOff _handOff = new();
    private readonly Notifier _notifier = new(new DsnBuilder("mx.postfleet.test"), Rules);
    private readonly MemorySpool _spool = new();
    private readonly MessageSubmission _submission;
    private readonly Reporter _reporter;
    private readonly Settler _settler;

    public GatheringTests()
    {
        _submission = new MessageSubmission(_spool, _handOff, _time);
        _reporter = new Reporter(_spool, _submission, _notifier, _time, _log);
        _settler = new Settler(_spool, _spool, _notifier, _reporter, _handOff, _time, _log);
    }

    public void Dispose()
    {
        _settler.Dispose();
        _reporter.Dispose();
    }

    [Fact]
    public async Task Three_hundred_parts_that_fail_make_one_report_as_the_last_one_is_settled()
    {
        var message = await StoreAsync(300);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(part => FailAsync(message, part)));
        var status = Status(await SingleReportAsync());
        Assert.Equal(
            Enumerable.Range(0, 300).Select(i => $"rfc822; user@d{i}.test").Order(),
            status.Skip(1).Select(group => group["Final-Recipient"]!).Order());
        Assert.Null(await _spool.ReadPendingAsync(message.Id, 0, default));
        // Repeated settlements and sweeps report nothing twice.
        await Task.WhenAll(Enumerable.Range(0, 300).Select(part => FailAsync(message, part)));
        await _reporter.ReportAsync(message.Id, default);
        Assert.Single(_handOff.Parts);
        Assert.Null(await _spool.ReadHeadAsync(new PartId(message.Id, QueueOf(0)), 0, default));
    }

    [Fact]
    public async Task Failures_are_reported_after_the_window_while_other_parts_are_still_tried()
    {
        var message = await StoreAsync(4);
        await FailAsync(message, 0);
        _time.Advance(TimeSpan.FromSeconds(9));
        await FailAsync(message, 1);
        await SweepAsync();
        Assert.Empty(_handOff.Parts);
        _time.Advance(TimeSpan.FromSeconds(2));
        await SweepAsync();
        Assert.Equal(["rfc822; user@d0.test", "rfc822; user@d1.test"], Recipients(await SingleReportAsync()));
        // A later failure is reported later.
        await FailAsync(message, 2);
        await SettleAsync(message, 3, []);
        Assert.Equal(2, _handOff.Parts.Count);
        Assert.Equal(["rfc822; user@d2.test"], Recipients(await ReadAsync(_handOff.Parts[1].Id)));
    }

    [Fact]
    public async Task A_delivered_last_part_reports_the_notes_of_other_parts()
    {
        var message = await StoreAsync(3);
        await FailAsync(message, 0);
        await FailAsync(message, 1);
        Assert.Empty(_handOff.Parts);
        await SettleAsync(message, 2, []);
        Assert.Equal(["rfc822; user@d0.test", "rfc822; user@d1.test"], Recipients(await SingleReportAsync()));
    }

    [Fact]
    public async Task A_part_that_is_alone_is_reported_in_the_transaction_that_settles_it()
    {
        var message = await StoreAsync(2);
        await SettleAsync(message, 0, []);
        _spool.AfterSettling = settlement => Assert.True(settlement is { Note: null, Notification: not null });
        await FailAsync(message, 1);
        Assert.Equal(["rfc822; user@d1.test"], Recipients(await SingleReportAsync()));
    }

    [Fact]
    public async Task Warnings_about_delays_and_reports_of_success_are_gathered_too()
    {
        var message = await StoreAsync(3, new DsnRequest(NotifyOn.Success | NotifyOn.Delay | NotifyOn.Failure, ""));
        for (var part = 0; part < 3; part++) await LateAsync(message, part);
        _time.Advance(TimeSpan.FromSeconds(11));
        await SweepAsync();
        var late = Status(await SingleReportAsync());
        Assert.Equal(["delayed", "delayed", "delayed"], late.Skip(1).Select(group => group["Action"]));
        Assert.Equal("Mon, 09 Mar 2026 12:00:00 +0000", late[1]["Will-Retry-Until"]);
        for (var part = 0; part < 2; part++)
            await SettleAsync(message, part, [Outcome(Disposition.Delivered) with { Success = SuccessReport.Relayed }], attempt: 2);
        await FailAsync(message, 2, attempt: 2);
        Assert.Equal(2, _handOff.Parts.Count);
        Assert.Equal(["failed", "relayed", "relayed"], Status(await ReadAsync(_handOff.Parts[1].Id)).Skip(1)
            .Select(group => group["Action"]!).Order());
    }

    [Fact]
    public async Task Of_a_recipient_that_was_late_and_then_failed_before_the_report_only_the_end_is_told()
    {
        var message = await StoreAsync(2);
        await LateAsync(message, 0);
        await SettleAsync(message, 0, [Outcome(Disposition.Failed)], attempt: 2, cause: ReportCause.Expired);
        await FailAsync(message, 1);
        var status = Status(await SingleReportAsync());
        Assert.Equal(["failed", "failed"], status.Skip(1).Select(group => group["Action"]));
        // The first recipient has no known time of a last attempt, the second has.
        Assert.Equal([false, true], status.Skip(1).Select(group => group.Contains("Last-Attempt-Date")));
    }

    [Fact]
    public async Task An_answer_that_was_lost_after_the_commit_leaves_the_report_to_the_sweeper()
    {
        var message = await StoreAsync(2);
        _spool.AfterSettling = _ => throw new SpoolUnavailableException("the answer was lost");
        for (var part = 0; part < 2; part++) Assert.Empty(await FailAsync(message, part));
        _spool.AfterSettling = _ => { };
        for (var part = 0; part < 2; part++) Assert.Single(await FailAsync(message, part));
        Assert.Empty(_handOff.Parts);
        _time.Advance(TimeSpan.FromSeconds(11));
        await Task.WhenAll(SweepAsync(), SweepAsync(), SweepAsync());
        Assert.Equal(["rfc822; user@d0.test", "rfc822; user@d1.test"], Recipients(await SingleReportAsync()));
    }

    [Fact]
    public async Task Nothing_is_kept_for_a_sender_who_is_not_to_be_told()
    {
        var unwanted = await StoreAsync(2, new DsnRequest(NotifyOn.Never, ""));
        var bounce = await StoreAsync(2, sender: null);
        foreach (var message in (NewMessage[])[unwanted, bounce])
        {
            await FailAsync(message, 0);
            Assert.Null(await _spool.ReadPendingAsync(message.Id, 0, default));
            await FailAsync(message, 1);
        }

        Assert.Empty(_handOff.Parts);
        Assert.Equal((2, 2), (_log.Lines.Count(line => line.Id == 2021), _log.Lines.Count(line => line.Id == 2012)));
    }

    [Fact]
    public async Task A_message_comes_back_whole_with_the_report_about_its_parts()
    {
        var message = await StoreAsync(2, content: ReturnContent.Full, body: new string('x', 900) + "\r\nthe end\r\n");
        for (var part = 0; part < 2; part++) await FailAsync(message, part);
        Assert.Contains("the end\r\n", Text(await SingleReportAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_about_mail_from_an_untrusted_client_returns_the_header_and_names_a_hundred_recipients()
    {
        var message = await StoreAsync(130, content: ReturnContent.Full, isFromUntrustedClient: true);
        for (var part = 0; part < 130; part++) await FailAsync(message, part);
        var report = await SingleReportAsync();
        Assert.Equal(Notifier.MaxNamedToUntrusted, Status(report).Count - 1);
        Assert.DoesNotContain("hello", Text(report), StringComparison.Ordinal);
        using var mail = Mail(report);
        Assert.Contains(
            "and 30 more. This report does not name all of them.", mail.TextBody!.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("omits 30", Assert.Single(_log.Lines, line => line.Id == 2034).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_report_has_the_date_of_the_wall_clock_and_counts_by_the_steady_one(int parts)
    {
        var machine = new SteppedTime(_time);
        var steady = new SteadyTimeProvider(machine);
        using var reporter = new Reporter(_spool, _submission, _notifier, steady, _log);
        using var settler = new Settler(_spool, _spool, _notifier, reporter, _handOff, steady, _log);
        var message = await StoreAsync(parts);
        _time.Advance(TimeSpan.FromMinutes(1));
        machine.Ahead = TimeSpan.FromHours(-2);
        for (var part = 0; part < parts; part++)
            await settler.SettleAsync(QueueOf(part),
                [new SettlementRequest(message.Id, 1, true, Noon, ReportCause.Attempt, [Outcome(Disposition.Failed)])], default);
        var report = await SingleReportAsync();
        using var mail = Mail(report);
        Assert.Equal(Noon.AddHours(-2).AddMinutes(1), mail.Date);
        Assert.Equal(Noon.AddMinutes(1), report.AcceptedAt);
    }

    [Fact]
    public async Task A_report_that_cannot_be_read_is_told_once_and_kept()
    {
        var message = await StoreAsync(2);
        _spool.Before = _ => throw new CorruptPartException("damaged");
        for (var i = 0; i < 3; i++) await _reporter.ReportAsync(message.Id, default);
        Assert.Equal(2032, Assert.Single(_log.Lines).Id);
        _spool.Before = _ => throw new SpoolUnavailableException("the storage is away");
        await _reporter.ReportAsync(message.Id, default);
        Assert.Equal(2031, _log.Lines.Last().Id);
    }

    private async Task SweepAsync()
    {
        foreach (var due in await _spool.FindDueAsync(_time.GetUtcNow() - ReportSweeper.Window, 0, 1000, default))
            await _reporter.ReportAsync(due.Message, default);
    }

    private Task<IReadOnlyList<AttemptId>> FailAsync(NewMessage message, int part, int attempt = 1) =>
        SettleAsync(message, part, [Outcome(Disposition.Failed)], attempt);

    private async Task LateAsync(NewMessage message, int part) => await _settler.SettleAsync(
        QueueOf(part), [new SettlementRequest(message.Id, 1, false, Noon, ReportCause.Delayed, [Outcome(Disposition.Deferred)])], default);

    private async Task<IReadOnlyList<AttemptId>> SettleAsync(
        NewMessage message, int part, IReadOnlyList<RecipientOutcome> outcomes, int attempt = 1, ReportCause cause = ReportCause.Attempt) =>
        await _settler.SettleAsync(QueueOf(part), [new SettlementRequest(message.Id, attempt, true, Noon, cause, outcomes)], default);

    private static RecipientOutcome Outcome(Disposition disposition) => new(RecipientSet.Of(0), disposition, No, "mx.test[192.0.2.1]");

    private async Task<SpooledPart> SingleReportAsync() => await ReadAsync(Assert.Single(_handOff.Parts).Id);

    private async Task<SpooledPart> ReadAsync(PartId part) => (await _spool.ReadHeadAsync(part, int.MaxValue, default))!;

    private static string Text(SpooledPart report) => Encoding.UTF8.GetString(report.Content.ToMemory().Span);

    private static MimeMessage Mail(SpooledPart report) => MimeMessage.Load(new MemoryStream(report.Content.ToMemory().ToArray()));

    private static HeaderListCollection Status(SpooledPart report)
    {
        using var mail = Mail(report);
        return mail.BodyParts.OfType<MessageDeliveryStatus>().Single().StatusGroups;
    }

    private static IEnumerable<string> Recipients(SpooledPart report) => Status(report).Skip(1).Select(group => group["Final-Recipient"]!);

    private static QueueKey QueueOf(int part) => QueueKey.FromTrusted($"default:d{part}.test");

    private async Task<NewMessage> StoreAsync(
        int parts, DsnRequest? request = null, string? sender = "sender@example.org", ReturnContent content = ReturnContent.Unspecified,
        string body = "hello\r\n",
        bool isFromUntrustedClient = false)
    {
        var octets = new MessageContent(Encoding.ASCII.GetBytes($"Subject: test\r\n\r\n{body}"));
        var envelope = new MessageEnvelope
        {
            ReversePath = sender is null ? null : Mailbox.Parse(sender),
            Size = octets.Length,
            Return = content,
            IsFromUntrustedClient = isFromUntrustedClient,
        };
        var message = new NewMessage(MessageId.New(Noon), Noon, envelope, octets,
            [.. Enumerable.Range(0, parts).Select(i => new NewPart(
                QueueOf(i), new PartEnvelope([Mailbox.Parse($"user@d{i}.test")]) { Requests = request is null ? [] : [request] }))]);
        Assert.Equal(StoreResult.Stored, await _spool.StoreAsync(message, default));
        return message;
    }
}
