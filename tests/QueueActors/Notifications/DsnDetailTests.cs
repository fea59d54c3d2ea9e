using System.Text;
using Postfleet.Core.Mail;
using Postfleet.QueueActors.Notifications;
using Xunit;
using static Postfleet.QueueActors.Tests.Notifications.Reports;

namespace Postfleet.QueueActors.Tests.Notifications;

public sealed class DsnDetailTests
{
    [Theory]
    [InlineData("mx.example.com[192.0.2.1]:25", "dns; mx.example.com")]
    [InlineData("192.0.2.1[192.0.2.1]:25", "dns; [192.0.2.1]")]
    [InlineData("mx.example.com", "dns; mx.example.com")]
    public void The_remote_host_is_named_as_the_dns_knows_it(string host, string expected) =>
        Assert.Equal(expected, Read(Build(New(Failed("a@example.com", host: host)))).PerRecipient[0]["Remote-MTA"]);

    [Fact]
    public void An_expired_message_does_not_claim_an_attempt_at_its_end()
    {
        var later = new SmtpReply(451, null, "come back");
        var fields = Read(Build(Expired(New(Failed("a@example.com", later))))).PerRecipient[0];
        Assert.False(fields.Contains("Last-Attempt-Date"));
        Assert.Equal("4.4.7", fields["Status"]);
    }

    [Theory]
    [InlineData(550, "5.7.1", false, "5.7.1")]
    [InlineData(550, null, false, "5.0.0")]
    [InlineData(550, "4.2.1", false, "5.2.1")]
    [InlineData(550, "2.1.5", false, "5.1.5")]
    [InlineData(451, "4.4.1", true, "4.4.1")]
    [InlineData(451, null, true, "4.4.7")]
    [InlineData(451, "2.0.0", true, "4.4.7")]
    [InlineData(421, "2.3.2", true, "4.4.7")]
    public void The_status_says_failure_whatever_the_remote_host_called_it(int code, string? given, bool isExpired, string expected)
    {
        EnhancedStatus? status = EnhancedStatus.TryParse(given, out var parsed) ? parsed : null;
        Assert.Equal(expected, DeliveryStatus.StatusOf(new SmtpReply(code, status, "no"), isExpired).ToString());
    }

    [Fact]
    public void A_header_that_is_too_long_is_cut_between_lines()
    {
        var line = $"X-Long: {new string('x', 90)}\r\n";
        var head = string.Concat(Enumerable.Repeat(line, 2 * DsnBuilder.MaxHead / line.Length)) + "\r\n";
        var header = Encoding.Latin1.GetString(Read(Build(New() with { Content = Head(head) })).Header);
        Assert.InRange(header.Length, DsnBuilder.MaxHead - line.Length, DsnBuilder.MaxHead);
        Assert.EndsWith(line, header, StringComparison.Ordinal);
        Assert.Equal(DsnBuilder.MaxHead, Read(Build(New() with { Content = Head(new string('x', 100_000)) })).Header.Length);
    }

    [Fact]
    public void A_reply_cannot_write_headers_or_steer_a_terminal()
    {
        var hostile = new SmtpReply(550, null, "no\r\nBcc: victim@example.com\r\n\r\n--x\n\x1b[2J\0\a\u202e\ud800 \u2028end\x7f");
        var octets = Build(New(Failed("a@example.com", hostile, "mx\r\nX-Evil: 1\r\n[192.0.2.1]")));
        DsnBuilderTests.AssertOnTheWire(octets);
        var dsn = Read(octets);
        Assert.DoesNotContain(dsn.Message.Headers, header => header.Field is "Bcc" or "X-Evil");
        Assert.Equal("smtp; 550 no Bcc: victim@example.com --x [2J ?? end", dsn.PerRecipient[0]["Diagnostic-Code"]);
        Assert.Equal("dns; mx X-Evil: 1", dsn.PerRecipient[0]["Remote-MTA"]);
        Assert.Contains("said: 550 no Bcc: victim@example.com --x [2J ?\ufffd end", dsn.Text.ReplaceLineEndings(" ")
            .Replace("     ", " ", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.DoesNotContain(dsn.Text, c => char.IsControl(c) && c is not ('\r' or '\n'));
    }

    [Fact]
    public void A_reply_in_another_script_reaches_people_as_it_is()
    {
        var dsn = Read(Build(New(Failed("a@example.com", new SmtpReply(550, null, "Почтовый ящик не существует")))));
        Assert.Contains("Почтовый ящик не существует", dsn.Text.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.StartsWith("smtp; 550 ????????", dsn.PerRecipient[0]["Diagnostic-Code"], StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_is_not_ascii_is_written_in_the_7_bit_form_of_its_own_type()
    {
        var octets = Build(New(Failed("gr\u00fc\u00dfe+x=y@example.com")) with { Sender = Mailbox.Parse("\u00e9@example.org") });
        DsnBuilderTests.AssertOnTheWire(octets);
        var dsn = Read(octets);
        Assert.Equal("utf-8; gr\\x{FC}\\x{DF}e\\x{2B}x\\x{3D}y@example.com", dsn.PerRecipient[0]["Final-Recipient"]);
        Assert.Empty(dsn.Message.To.Mailboxes);
        Assert.Contains("<gr\u00fc\u00dfe+x=y@example.com>", dsn.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_report_gives_the_same_octets() => Assert.Equal(Build(New()), Build(New()));
}
