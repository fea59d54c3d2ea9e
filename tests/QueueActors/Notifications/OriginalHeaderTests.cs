using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.QueueActors.Notifications;
using Xunit;
using static Postfleet.QueueActors.Tests.Notifications.Reports;

namespace Postfleet.QueueActors.Tests.Notifications;

public sealed class OriginalHeaderTests
{
    private const string Message =
        "Received: from x\r\n\tby y\r\nsubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_aus?= Ulm\r\nDATE: Wed, 4 Mar 2026 11:59:00 +0100\r\nMessage-Id:\r\n <1.2@client.test>\r\n";

    [Fact]
    public void A_report_says_which_message_it_is_about()
    {
        var dsn = Read(Build(New() with { Content = Head(Message + "\r\nthe body\r\n") }));
        Assert.Contains("Subject: Gr\u00fc\u00dfe aus Ulm", dsn.Text, StringComparison.Ordinal);
        Assert.Contains("Date: Wed, 4 Mar 2026 11:59:00 +0100", dsn.Text, StringComparison.Ordinal);
        Assert.Contains("Message-ID: <1.2@client.test>", dsn.Text, StringComparison.Ordinal);
        Assert.Contains($"Number at {Hostname}: {New().Message}", dsn.Text, StringComparison.Ordinal);
        Assert.Equal(("1.2@client.test", "1.2@client.test"), (dsn.Message.InReplyTo, Assert.Single(dsn.Message.References)));
    }

    [Fact]
    public async Task Python_reads_the_same_thread()
    {
        var report = await PythonMail.ReadAsync(Build(New() with { Content = Head(Message + "\r\n") }));
        Assert.Empty(report.Defects);
        Assert.Contains("In-Reply-To: <1.2@client.test>", report.Headers);
        Assert.Contains("References: <1.2@client.test>", report.Headers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<>")]
    [InlineData("none")]
    [InlineData("<a@b> <c@d>")]
    [InlineData("<<a@b>")]
    [InlineData("<a b@c>")]
    [InlineData("<a@b\r\n c>")]
    [InlineData("<\u00fc@b>")]
    [InlineData("<a\0@b>")]
    public void An_invalid_message_id_is_not_repeated(string id)
    {
        var dsn = Read(Build(New() with { Content = Head($"Message-ID: {id}\r\nSubject: x\r\n\r\n") }));
        Assert.False(dsn.Message.Headers.Contains("In-Reply-To"));
        Assert.False(dsn.Message.Headers.Contains("References"));
        Assert.DoesNotContain("Message-ID:", dsn.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(498, true)]
    [InlineData(499, false)]
    public void A_message_id_is_bounded(int length, bool isUsed) =>
        Assert.Equal(isUsed, OriginalHeader.Read(Head($"Message-ID: <{new string('x', length)}>\r\n")).MessageId.Length > 0);

    [Fact]
    public void Body_lines_and_repeated_fields_are_not_read() => Assert.Equal(
        new OriginalHeader("first", "", ""),
        OriginalHeader.Read(Head("Subject: first\r\nSubject: second\r\nX-Subject: y\r\n\r\nDate: today\r\nMessage-ID: <a@b>\r\n")));

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("\r\n\r\nSubject: x\r\n")]
    [InlineData("no header at all")]
    [InlineData(" Subject: x")]
    public void Content_without_a_header_names_nothing(string content) =>
        Assert.Equal(new OriginalHeader("", "", ""), OriginalHeader.Read(Head(content)));

    [Fact]
    public void Any_header_gives_bounded_lines_without_control_characters()
    {
        var nasty = Gen.OneOf(Gen.Char['\0', '\u00ff'], Gen.Char["\r\n \t:<>@=?"]).Array[0, 900].Select(chars => new string(chars));
        Check.Sample(Gen.Select(nasty, nasty, nasty), texts =>
        {
            var octets = Build(
                New() with { Content = Head($"Subject: {texts.Item1}\r\nDate: {texts.Item2}\r\nMessage-ID: {texts.Item3}\r\n\r\n") });
            DsnBuilderTests.AssertOnTheWire(octets);
            var header = OriginalHeader.Read(Head($"Subject: {texts.Item1}\r\nDate: {texts.Item2}\r\nMessage-ID: {texts.Item3}\r\n\r\n"));
            Assert.InRange(header.Subject.Length, 0, OriginalHeader.MaxSubject + 3);
            Assert.InRange(header.Date.Length, 0, OriginalHeader.MaxDate + 3);
            Assert.DoesNotContain(header.Subject + header.Date + header.MessageId, char.IsControl);
        }, iter: 300);
    }

    [Fact]
    public async Task Control_characters_in_the_returned_header_are_encoded()
    {
        const string Text = "Subject: \u001b[31m\u007f\u0010\r\nX: y\r\n";
        var octets = Build(New() with { Content = Head(Text) });
        DsnBuilderTests.AssertOnTheWire(octets);
        var returned = (await PythonMail.ReadAsync(octets)).Returned;
        Assert.Equal(Text.Replace("\r\n", "\n", StringComparison.Ordinal), returned.Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ReplyStage.Mail, "(in reply to MAIL FROM command)")]
    [InlineData(ReplyStage.Recipient, "(in reply to RCPT TO command)")]
    [InlineData(ReplyStage.Data, "(in reply to DATA command)")]
    [InlineData(ReplyStage.Content, "(in reply to the content of the message, before its end)")]
    [InlineData(ReplyStage.EndOfData, "(in reply to end of DATA command)")]
    public void The_command_that_a_host_answered_is_named(ReplyStage stage, string expected)
    {
        var reply = new SmtpReply(550, new EnhancedStatus(5, 7, 1), "no") { Stage = stage };
        Assert.Contains(expected, Read(Build(New(Failed("a@example.com", reply)))).Text, StringComparison.Ordinal);
        // A reply of our own answers nothing.
        Assert.DoesNotContain("in reply", Read(Build(New(Failed("a@example.com", reply, host: "")))).Text, StringComparison.Ordinal);
    }
}
