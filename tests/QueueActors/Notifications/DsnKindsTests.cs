using System.Text;
using MimeKit;
using Postfleet.Core.Mail;
using Postfleet.QueueActors.Notifications;
using Xunit;
using static Postfleet.QueueActors.Tests.Notifications.Reports;

namespace Postfleet.QueueActors.Tests.Notifications;

/// <summary>DSNs about other outcomes than failures, the requests of senders, and whole messages in DSNs.</summary>
public sealed class DsnKindsTests
{
    private static readonly SmtpReply Later = new(450, new EnhancedStatus(4, 2, 0), "mailbox busy");
    private static readonly SmtpReply Ok = new(250, null, "queued");

    private const string Mail = "From: a@example.org\r\nSubject: hello\r\n\r\nthe body\r\n.\r\n--x\r\n";

    [Fact]
    public async Task A_delay_says_that_nothing_is_lost_and_until_when_it_is_tried()
    {
        var octets = Build(
            New(Failed("a@example.com", Later) with { Action = DsnAction.Delayed, RetriedUntil = AcceptedAt.AddDays(5) }) with
            {
                At = AcceptedAt.AddHours(4),
            });
        DsnBuilderTests.AssertOnTheWire(octets);
        var dsn = Read(octets);
        Assert.Equal("Delayed Mail (still being retried)", dsn.Message.Subject);
        var fields = Assert.Single(dsn.PerRecipient);
        Assert.Equal(
            ("delayed", "4.2.0", "Mon, 09 Mar 2026 12:00:00 +0000"), (fields["Action"], fields["Status"], fields["Will-Retry-Until"]));
        Assert.False(fields.Contains("Last-Attempt-Date"));
        var text = dsn.Text.ReplaceLineEndings(" ");
        Assert.Contains(
            "We have had your message for 4 hours and could not deliver it to the recipients below yet.", text, StringComparison.Ordinal);
        Assert.Contains("keep trying for another 5 days", text, StringComparison.Ordinal);
        Assert.Contains("mx.example.com[192.0.2.1]:25 said: 450 4.2.0 mailbox busy", text, StringComparison.Ordinal);
        Assert.Contains("You do not need to send the message again", text, StringComparison.Ordinal);
        var read = await PythonMail.ReadAsync(octets);
        Assert.Empty(read.Defects);
        Assert.Contains("Action: delayed", read.Groups[1]);
    }

    [Fact]
    public void A_report_of_several_fates_tells_each_by_itself()
    {
        var report = New(
            Failed("late@example.com", Later) with
            {
                Action = DsnAction.Delayed,
                RetriedUntil = AcceptedAt.AddDays(5),
                At = AcceptedAt
                .AddHours(4)
            },
            Failed("expired@example.com", Later) with { IsExpired = true, At = AcceptedAt.AddDays(5) },
            Failed("no@example.com"));
        var dsn = Read(Build(report with { At = AcceptedAt.AddDays(5) }));
        Assert.Equal("Undelivered Mail Returned to Sender", dsn.Message.Subject);
        var text = dsn.Text.ReplaceLineEndings(" ");
        var places = ((string[])["The error is permanent.", "<no@example.com>", "We tried for 5 days", "<expired@example.com>",
            "We have had your message for 4 hours", "<late@example.com>"])
            .Select(words => text.IndexOf(words, StringComparison.Ordinal)).ToArray();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.Contains("to the recipients that we keep trying", text, StringComparison.Ordinal);
        Assert.DoesNotContain("only a warning", text, StringComparison.Ordinal);
        Assert.Equal([false, false, true], dsn.PerRecipient.Select(group => group.Contains("Last-Attempt-Date")));
    }

    [Theory]
    [InlineData((int)DsnAction.Relayed, "relayed", "passed on")]
    [InlineData((int)DsnAction.Delivered, "delivered", "was delivered")]
    public async Task A_success_says_what_became_of_the_message(int action, string expected, string words)
    {
        var octets = Build(New(Failed("a@example.com", Ok) with { Action = (DsnAction)action }));
        DsnBuilderTests.AssertOnTheWire(octets);
        var dsn = Read(octets);
        Assert.Equal("Successful Mail Delivery Report", dsn.Message.Subject);
        Assert.Equal((expected, "2.0.0"), (dsn.PerRecipient[0]["Action"], dsn.PerRecipient[0]["Status"]));
        Assert.Contains(words, dsn.Text, StringComparison.Ordinal);
        Assert.Empty((await PythonMail.ReadAsync(octets)).Defects);
    }

    [Fact]
    public void The_worst_outcome_gives_the_subject_and_comes_first()
    {
        var dsn = Read(Build(New(
            Failed("a@example.com", Ok) with { Action = DsnAction.Relayed }, Failed("b@example.com"),
            Failed("c@example.com", Ok) with { Action = DsnAction.Relayed })));
        Assert.Equal("Undelivered Mail Returned to Sender", dsn.Message.Subject);
        Assert.Equal(["relayed", "failed", "relayed"], dsn.PerRecipient.Select(fields => fields["Action"]));
        int[] places = [.. ((string[])["could not be delivered", "<b@", "passed on", "<a@", "<c@"])
            .Select(words => dsn.Text.IndexOf(words, StringComparison.Ordinal))];
        Assert.All(places, place => Assert.True(place > 0));
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public async Task Orcpt_and_envelope_id_come_back_decoded()
    {
        var octets = Build(New(
            Failed("b@example.com") with { OriginalRecipient = "rfc822;a+2Bb+20c@example.org" },
            Failed("c@example.com") with { OriginalRecipient = "utf-8;gr\\x{FC}n@example.org" },
            Failed("d@example.com") with { OriginalRecipient = "rfc822;gr+C3+BCn+20x@example.org" },
            Failed("e@example.com")) with
        {
            EnvelopeId = "QQ+2B314+3D159",
        });
        DsnBuilderTests.AssertOnTheWire(octets);
        var dsn = Read(octets);
        Assert.Equal("QQ+314=159", dsn.PerMessage["Original-Envelope-Id"]);
        Assert.Equal(
            ["rfc822; a+b c@example.org", "utf-8; gr\\x{FC}n@example.org", "utf-8; gr\\x{FC}n\\x{20}x@example.org", null],
            dsn.PerRecipient.Select(fields => fields["Original-Recipient"]));
        var python = await PythonMail.ReadAsync(octets);
        Assert.Equal("Original-Envelope-Id: QQ+314=159", python.Groups[0][0]);
        Assert.Equal("Original-Recipient: rfc822; a+b c@example.org", python.Groups[1][0]);
    }

    [Theory]
    [InlineData(Mail, "7bit")]
    [InlineData("From: a@example.org\r\n\r\ngr\u00fc\u00dfe\r\n", "8bit")]
    [InlineData("\r\nno header\r\n", "7bit")]
    public async Task A_whole_message_comes_back_as_it_was(string mail, string encoding)
    {
        var content = Encoding.UTF8.GetBytes(mail);
        var octets = Build(New() with { Content = new MessageContent(content), ReturnsAll = true });
        Assert.NotEqual(-1, octets.AsSpan().IndexOf(content));
        using var message = MimeMessage.Load(new MemoryStream(octets));
        var returned = ((Multipart)message.Body!)[2];
        Assert.Equal("message/rfc822", returned.ContentType.MimeType);
        Assert.Equal(encoding, returned.Headers["Content-Transfer-Encoding"] ?? "7bit");
        Assert.Equal(encoding, message.Body.Headers["Content-Transfer-Encoding"] ?? "7bit");
        Assert.Contains("Your message is attached.", message.TextBody, StringComparison.Ordinal);
        var python = await PythonMail.ReadAsync(octets);
        Assert.Equal(["text/plain", "message/delivery-status", "message/rfc822"], python.Parts);
        Assert.Equal(Encoding.Latin1.GetString(content).ReplaceLineEndings("\n").Trim(), python.Returned.ReplaceLineEndings("\n").Trim());
    }

    public static TheoryData<string> Unreturnable => new()
    {
        "Subject: gr\u00fc\u00dfe\r\n\r\nbody\r\n",
        $"Subject: hello\r\n\r\n{new string('x', 999)}\r\n",
        "Subject: hello\r\n\r\nbody\0\r\n",
        "Subject: hello\r\n\r\nbare\rreturn\r\n",
    };

    [Theory]
    [MemberData(nameof(Unreturnable))]
    public void A_message_that_cannot_stand_in_a_dsn_comes_back_as_its_header(string mail)
    {
        var octets = Build(New() with { Content = new MessageContent(Encoding.UTF8.GetBytes(mail)), ReturnsAll = true });
        DsnBuilderTests.AssertOnTheWire(octets);
        var dsn = Read(octets);
        Assert.Equal("text/rfc822-headers", dsn.Report[2].ContentType.MimeType);
        Assert.StartsWith("Subject: ", Encoding.UTF8.GetString(dsn.Header), StringComparison.Ordinal);
        Assert.Contains("The header of your message is attached.", dsn.Text, StringComparison.Ordinal);
    }
}
