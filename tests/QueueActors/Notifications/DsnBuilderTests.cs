using System.Text;
using CsCheck;
using MimeKit;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Notifications;
using Xunit;

namespace Postfleet.QueueActors.Tests.Notifications;

public sealed class DsnBuilderTests
{
    private const string Head = "Received: from x\r\nFrom: Sender <sender@example.org>\r\nSubject: hello\r\n";

    private static readonly DateTimeOffset Accepted = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly SmtpReply NoUser = new(550, new EnhancedStatus(5, 1, 1), "no such user");

    [Fact]
    public async Task A_report_has_words_for_a_person_fields_for_a_program_and_the_header()
    {
        var octets = Build(Report([Failed("user@a.test", NoUser)]));
        AssertOnTheWire(octets);
        var report = await PythonMail.ReadAsync(octets);
        Assert.Empty(report.Defects);
        Assert.Equal(("multipart/report", "delivery-status"), (report.Type, report.ReportType));
        Assert.Equal(["text/plain", "message/delivery-status", "text/rfc822-headers"], report.Parts);
        Assert.Contains("To: sender@example.org", report.Headers);
        Assert.Contains("From: Mail Delivery System <MAILER-DAEMON@mx.postfleet.test>", report.Headers);
        Assert.Contains("Auto-Submitted: auto-replied", report.Headers);
        foreach (var name in (string[])["Date", "Message-Id", "MIME-Version", "Subject"])
            Assert.Single(report.Headers, header => header.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(2, report.Groups.Length);
        Assert.Equal(
            ["Reporting-MTA: dns; mx.postfleet.test", $"X-Postfleet-Message-Id: {MessageId.FromHalves(1, 2)}",
                "Arrival-Date: Wed, 04 Mar 2026 12:00:00 +0000"],
            report.Groups[0]);
        Assert.Equal(
            [
                "Final-Recipient: rfc822; user@a.test", "Action: failed", "Status: 5.1.1", "Remote-MTA: dns; mx.a.test",
                "Diagnostic-Code: smtp; 550 5.1.1 no such user", "Last-Attempt-Date: Wed, 04 Mar 2026 15:00:00 +0000",
            ],
            report.Groups[1]);
        Assert.Contains("<user@a.test>", report.Text, StringComparison.Ordinal);
        Assert.Contains("mx.a.test[192.0.2.1] said: 550 5.1.1 no such user", report.Text, StringComparison.Ordinal);
        Assert.Contains("permanent", report.Text, StringComparison.Ordinal);
        Assert.Equal(Head.Replace("\r\n", "\n", StringComparison.Ordinal), report.Returned.Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_expired_message_says_how_long_it_was_tried()
    {
        var later = new SmtpReply(450, new EnhancedStatus(4, 2, 0), "mailbox busy");
        var report = await PythonMail.ReadAsync(Build(
            Reports.Expired(Report([Failed("user@a.test", later)])) with { At = Accepted.AddDays(5) }));
        Assert.Contains("tried for 5 days", report.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("permanent", report.Text, StringComparison.Ordinal);
        Assert.Contains("Status: 4.2.0", report.Groups[1]);
        Assert.Contains("Action: failed", report.Groups[1]);
    }

    [Theory]
    [InlineData(450, "Status: 4.4.7", true)]
    [InlineData(550, "Status: 5.0.0", true)]
    [InlineData(550, "Status: 5.0.0", false)]
    public void A_reply_without_a_status_gets_a_general_one(int code, string expected, bool isExpired)
    {
        var group = Groups(Build(Report([Failed("user@a.test", new SmtpReply(code, null, "no")) with { IsExpired = isExpired }])))[1];
        Assert.Contains(expected, group.Select(header => $"{header.Field}: {header.Value}"));
    }

    [Theory]
    [InlineData(5, "5 days")]
    [InlineData(1, "24 hours")]
    [InlineData(1.0 / 24, "60 minutes")]
    [InlineData(1.0 / 24 / 60, "60 seconds")]
    [InlineData(0, "a second")]
    public void The_time_is_told_in_a_fitting_unit(double days, string expected)
    {
        using var mail = Load(Build(Reports.Expired(Report([Failed("user@a.test", NoUser)])) with { At = Accepted.AddDays(days) }));
        Assert.Contains($"tried for {expected} and", mail.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_of_our_own_names_no_remote_host()
    {
        var group = Groups(Build(Report([new ReportedRecipient(Mailbox.Parse("user@a.test"), NoUser, "")])))[1];
        Assert.Null(group["Remote-MTA"]);
        Assert.Equal("X-Postfleet; 550 5.1.1 no such user", group["Diagnostic-Code"]);
    }

    public static TheoryData<string> HostileTexts() =>
    [
        "ok\r\nBcc: victim@example.net\r\n\r\nbody",
        "ok\nFinal-Recipient: rfc822; other@example.net\n\nAction: delivered",
        "ok\rX-Bare: cr",
        "\0\u0001\u001b[31mred\u007f",
        "\r\n--=-boundary--\r\n",
        new string('x', 5000),
        string.Join(' ', Enumerable.Repeat("word", 1000)),
        "=?utf-8?q?=0D=0AX-Injected:_yes?=",
        "Umlaute \u00e4\u00f6\u00fc \u4f60\u597d \U0001f4e7",
        "half a pair \ud83d",
        "\t \u00a0 \u2028 \u0085",
        ".\r\n.\r\n",
        "(comment \"quote\\",
        "",
    ];

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public async Task A_hostile_reply_changes_neither_structure_nor_fields(string text)
    {
        var octets = Build(Report([Failed("user@a.test", new SmtpReply(550, null, text)), Failed("second@a.test", NoUser)]));
        AssertOnTheWire(octets);
        AssertFields(octets, 2);
        var report = await PythonMail.ReadAsync(octets);
        Assert.Empty(report.Defects);
        Assert.Equal("7bit", report.StatusEncoding);
        Assert.Equal(3, report.Groups.Length);
        Assert.All(
            report.Groups[1..], group => Assert.Equal(Fields, group.Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)])));
        Assert.DoesNotContain(report.Headers, header => header.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
        Assert.StartsWith("Diagnostic-Code: smtp; 550", report.Groups[1][4], StringComparison.Ordinal);
        Assert.Equal("Diagnostic-Code: smtp; 550 5.1.1 no such user", report.Groups[2][4]);
        Assert.DoesNotContain(report.Text, c => char.IsControl(c) && c is not ('\n' or '\r'));
    }

    [Fact]
    public void Any_reply_and_any_host_give_a_report_of_the_same_form()
    {
        var nasty = Gen.OneOf(Gen.Char, Gen.Char["\r\n \t:;=?\0.-"]).Array[0, 300].Select(chars => new string(chars));
        Check.Sample(Gen.Select(nasty, nasty), texts =>
        {
            var (text, host) = texts;
            var octets = Build(
                Report([new ReportedRecipient(Mailbox.Parse("user@a.test"), new SmtpReply(554, null, text), $"mx{host}[192.0.2.1]")]));
            AssertOnTheWire(octets);
            AssertFields(octets, 1);
        }, iter: 300);
    }

    [Fact]
    public async Task Many_recipients_are_all_in_the_fields_and_the_first_ones_in_the_words()
    {
        var octets = Build(Report([.. Enumerable.Range(0, 1000).Select(i => Failed($"user{i}@a.test", NoUser))]));
        AssertOnTheWire(octets);
        var report = await PythonMail.ReadAsync(octets);
        Assert.Equal(
            Enumerable.Range(0, 1000).Select(i => $"Final-Recipient: rfc822; user{i}@a.test"),
            report.Groups.Skip(1).Select(group => group[0]));
        Assert.Contains("<user99@a.test>", report.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<user100@a.test>", report.Text, StringComparison.Ordinal);
        Assert.Contains("and 900 more", report.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"a b\"@a.test")]
    [InlineData("\"a@b\\\"; x\"@a.test")]
    [InlineData("o'brien+tag=x@a.test")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz01@a-very-long-label-of-a-domain.another-long-label-of-a-domain.test")]
    public async Task An_unusual_address_is_in_the_fields_as_it_was_given(string address)
    {
        var octets = Build(Report([Failed(address, NoUser)]) with { Sender = Mailbox.Parse(address) });
        AssertOnTheWire(octets);
        using var mail = Load(octets);
        Assert.Equal($"rfc822; {address}", Groups(octets)[1]["Final-Recipient"]);
        var report = await PythonMail.ReadAsync(octets);
        Assert.Equal(address, mail.To.Mailboxes.Single().Address);
        Assert.Equal($"Final-Recipient: rfc822; {address}", report.Groups[1][0]);
    }

    public static TheoryData<string, string> Heads() => new()
    {
        { "Subject: a\r\nTo: b@c.test\r\n\r\nsecret body\r\n", "Subject: a\r\nTo: b@c.test\r\n" },
        { "Subject: no body\r\n", "Subject: no body\r\n" },
        { "Subject: gr\u00fc\u00dfe\r\n\r\nsecret body", "Subject: gr\u00fc\u00dfe\r\n" },
        { "--=-boundary\r\nX: y\r\n\r\nsecret body", "--=-boundary\r\nX: y\r\n" },
        { "\r\nsecret body\r\n", "" },
        { "", "" },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task The_header_is_returned_and_the_body_is_not(string head, string expected)
    {
        var octets = Build(Report([Failed("user@a.test", NoUser)]) with { Content = new MessageContent(Encoding.UTF8.GetBytes(head)) });
        AssertOnTheWire(octets);
        var returned = (await PythonMail.ReadAsync(octets)).Returned;
        Assert.Equal(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(expected)).TrimEnd(), returned.TrimEnd());
        Assert.DoesNotContain("secret", Encoding.UTF8.GetString(octets), StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_is_too_long_is_cut()
    {
        var head = "X-Long: " + string.Join("\r\n ", Enumerable.Repeat(new string('a', 70), 2000)) + "\r\n";
        var octets = Build(Report([Failed("user@a.test", NoUser)]) with { Content = new MessageContent(Encoding.ASCII.GetBytes(head)) });
        AssertOnTheWire(octets);
        Assert.InRange(octets.Length, DsnBuilder.MaxHead, DsnBuilder.MaxHead + 8192);
    }

    private static readonly string[] Fields = ["Final-Recipient", "Action", "Status", "Remote-MTA", "Diagnostic-Code", "Last-Attempt-Date"];

    // RFC 5321 section 4.5.3.1.6 bounds a line; a DSN is 7-bit, since nobody asked the way back for more.
    internal static void AssertOnTheWire(byte[] octets)
    {
        Assert.DoesNotContain(octets, octet => octet > 126 || (octet < 32 && octet is not ((byte)'\r' or (byte)'\n' or (byte)'\t')));
        var text = Encoding.ASCII.GetString(octets);
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        var rest = text.Replace("\r\n", "", StringComparison.Ordinal);
        Assert.DoesNotContain('\r', rest);
        Assert.DoesNotContain('\n', rest);
        Assert.All(text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
    }

    private static void AssertFields(byte[] octets, int recipients)
    {
        using var mail = Load(octets);
        Assert.Equal(3, Assert.IsType<MultipartReport>(mail.Body).Count);
        Assert.Equal(["From", "To", "Subject", "Date", "Message-Id", "Auto-Submitted", "MIME-Version", "Content-Type"],
            mail.Headers.Concat(mail.Body.Headers).Select(header => header.Field).OrderBy(field => Array.IndexOf(
                ["From", "To", "Subject", "Date", "Message-Id", "Auto-Submitted", "MIME-Version", "Content-Type"], field)));
        var groups = Groups(octets);
        Assert.Equal(recipients + 1, groups.Count);
        Assert.All(groups.Skip(1), group => Assert.Equal(Fields, group.Select(header => header.Field)));
    }

    private static IReadOnlyList<HeaderList> Groups(byte[] octets)
    {
        var mail = Load(octets);
        return [.. mail.BodyParts.OfType<MessageDeliveryStatus>().Single().StatusGroups.Where(group => group.Count > 0)];
    }

    private static MimeMessage Load(byte[] octets) => MimeMessage.Load(new MemoryStream(octets));

    private static byte[] Build(StatusReport report) => new DsnBuilder("mx.postfleet.test").Build(report).ToMemory().ToArray();

    private static StatusReport Report(IReadOnlyList<ReportedRecipient> recipients) => new(
        MessageId.FromHalves(3, 4), MessageId.FromHalves(1, 2), Mailbox.Parse("sender@example.org"), Accepted, Accepted.AddHours(3),
        recipients,
        new MessageContent(Encoding.ASCII.GetBytes(Head + "\r\nthe body\r\n")));

    private static ReportedRecipient Failed(string address, SmtpReply reply) => new(Mailbox.Parse(address), reply, "mx.a.test[192.0.2.1]");
}
