using System.Globalization;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Tools.Tests.Loading;

/// <summary>Mail from foreign clients: with dots to stuff, many recipients and large content.</summary>
public sealed class SinkClientTests
{
    private const string Text = ".\r\n..\r\nfirst\r\n.second\r\n\r\n.\r\n";

    [Fact]
    public async Task Mailkit_pipelines_and_stuffs()
    {
        var letters = Enumerable.Range(0, 20).Select(n => Letter(n, n == 7 ? string.Concat(Enumerable.Repeat(Text, 10_000)) : Text))
            .ToList();
        foreach (var (letter, n) in letters.Select((letter, n) => (letter, n)))
        {
            using var sink = new SinkFixture(SinkFixture.OnTheWire(letter), recipients: 3);
            sink.Accept(n);
            await SendAsync(sink, n, letter);
            Assert.Equal((1, 0, 0, 0, 0),
                (sink.Ledger.Completed, sink.Ledger.Missing, sink.Ledger.Duplicates, sink.Ledger.Truncated, sink.Ledger.Foreign));
        }
    }

    [Fact]
    public async Task Mailkits_octets_are_counted_to_the_last()
    {
        var letter = Letter(0, Text);
        using var sink = new SinkFixture(SinkFixture.OnTheWire(letter) + 1, recipients: 3);
        await SendAsync(sink, 0, letter);
        Assert.Equal((1, 1), (sink.Ledger.Completed, sink.Ledger.Truncated));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 2)]
    public async Task Smtplib_sends_to_all_recipients(int more, int truncated)
    {
        const string Script = """
            import smtplib, sys
            content = sys.argv[2].encode().decode("unicode_escape")
            with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as client:
                for number in (3, 4):
                    refused = client.sendmail("a@a.test", [f"r{n}.{number}@d{n}.bench.test" for n in range(3)], content.replace("#", str(number)))
                    assert not refused, refused
            """;
        var letter = Letter(0, Text);
        using var sink = new SinkFixture(SinkFixture.OnTheWire(letter) + more, recipients: 3);
        sink.Accept(3);
        sink.Accept(4);
        var argument = letter.Replace("-0000000000", "-000000000#", StringComparison.Ordinal)
            .Replace("\r\n", "\\r\\n", StringComparison.Ordinal);
        await ProcessHost.RunAsync(
            new ProcessSpec("python3", ["-c", Script, sink.Port.ToString(CultureInfo.InvariantCulture), argument]), SinkFixture.Limit);
        Assert.Equal(
            (2, 0, 0, truncated, 0),
            (sink.Ledger.Completed, sink.Ledger.Missing, sink.Ledger.Duplicates, sink.Ledger.Truncated, sink.Ledger.Foreign));
    }

    private static string Letter(int number, string text) =>
        "From: a@a.test\r\nTo: b@b.test\r\nSubject: x\r\nDate: Mon, 01 Jan 2024 00:00:00 +0000\r\nMessage-Id: <1@a.test>\r\n"
            + SinkFixture.Mark(number)
        + "\r\n\r\n" + text;

    private static async Task SendAsync(SinkFixture sink, int number, string letter)
    {
        using var limit = new CancellationTokenSource(SinkFixture.Limit);
        using var message = await MimeMessage.LoadAsync(new MemoryStream(Encoding.ASCII.GetBytes(letter)), limit.Token);
        using var client = new SmtpClient();
        await client.ConnectAsync("127.0.0.1", sink.Port, SecureSocketOptions.None, limit.Token);
        Assert.True(client.Capabilities.HasFlag(SmtpCapabilities.Pipelining));
        await client.SendAsync(
            message, new MailboxAddress("", "a@a.test"),
            Enumerable.Range(0, 3).Select(n => new MailboxAddress("", SinkFixture.Recipient(n, number))), limit.Token);
        await client.DisconnectAsync(true, limit.Token);
    }
}
