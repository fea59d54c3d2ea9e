using System.Text;
using Postfleet.Core.Mail;
using Postfleet.QueueActors.Notifications;
using Xunit;
using static Postfleet.QueueActors.Tests.Notifications.Reports;

namespace Postfleet.QueueActors.Tests.Notifications;

public sealed class SisimaiTests
{
    private const string Message = "From: sender@example.org\r\nSubject: hello\r\nMessage-ID: <abc@example.org>\r\n\r\nthe body\r\n";

    private static readonly SmtpReply Later = new(450, new EnhancedStatus(4, 2, 2), "mailbox is over quota");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_is_read_with_its_reason_and_its_message(bool isWhole)
    {
        var refused = new SmtpReply(550, new EnhancedStatus(5, 1, 1), "No such user here") { Stage = ReplyStage.Recipient };
        var read = await SisimaiMail
            .ReadAsync(Build(New(Failed("user@example.com", refused)) with { Content = Head(Message), ReturnsAll = isWhole }));
        Assert.Equal(
            new SisimaiReport(
                "user@example.com", "failed", "5.1.1", "550", "userunknown", "mx.example.com", "550 5.1.1 No such user here",
                "sender@example.org", "hello", "abc@example.org"),
            Assert.Single(read));
    }

    [Fact]
    public async Task An_expired_message_and_a_late_one_are_told_apart()
    {
        var expired = await SisimaiMail.ReadAsync(Build(Expired(New(Failed("user@example.com", Later))) with { Content = Head(Message) }));
        Assert.Equal(("failed", "4.2.2", "mailboxfull"), (Assert.Single(expired).Action, expired[0].DeliveryStatus, expired[0].Reason));
        var late = await SisimaiMail.ReadAsync(Build(
            New(Failed("user@example.com", Later) with
            {
                Action = DsnAction.Delayed,
                RetriedUntil = AcceptedAt
                .AddDays(5)
            }) with
            { Content = Head(Message) }));
        Assert.Equal(("delayed", "4.2.2"), (Assert.Single(late).Action, late[0].DeliveryStatus));
    }

    [Fact]
    public async Task A_delivery_is_not_taken_for_a_failure()
    {
        var done = new SmtpReply(250, new EnhancedStatus(2, 0, 0), "Ok: queued as ABC") { Stage = ReplyStage.EndOfData };
        var read = await SisimaiMail
            .ReadAsync(Build(New(Failed("user@example.com", done) with { Action = DsnAction.Delivered }) with { Content = Head(Message) }));
        Assert.Equal(("delivered", "delivered", "2.0.0"), (Assert.Single(read).Action, read[0].Reason, read[0].DeliveryStatus));
    }

    [Fact]
    public async Task Each_of_many_recipients_is_read()
    {
        var read = await SisimaiMail.ReadAsync(Build(New(
            [.. Enumerable.Range(0, 300).Select(i => Failed($"user{i}@d{i}.example.com"))]) with
        { Content = Head(Message) }));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"user{i}@d{i}.example.com"), read.Select(report => report.Recipient));
        Assert.All(read, report => Assert.Equal(("userunknown", "abc@example.org"), (report.Reason, report.MessageId)));
    }

    [Fact]
    public async Task The_text_of_a_hostile_host_changes_nothing_that_is_read()
    {
        var hostile = new SmtpReply(
            550, new EnhancedStatus(5, 7, 1), "no\r\n\r\nFinal-Recipient: rfc822; other@example.net\r\nAction: delivered\r\nStatus: 2.0.0");
        var read = await SisimaiMail.ReadAsync(Build(New(Failed("user@example.com", hostile)) with { Content = Head(Message) }));
        Assert.Equal(("user@example.com", "failed", "5.7.1"), (Assert.Single(read).Recipient, read[0].Action, read[0].DeliveryStatus));
    }

    [Fact]
    public async Task A_message_without_any_header_is_reported_on_all_the_same()
    {
        var read = await SisimaiMail.ReadAsync(
            Build(New(Failed("user@example.com")) with { Content = new MessageContent(Encoding.ASCII.GetBytes("just text\r\n")) }));
        Assert.Equal("user@example.com", Assert.Single(read).Recipient);
    }
}
