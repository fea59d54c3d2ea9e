using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Postfleet.Tools.Tests.Loading;

/// <summary>A whole session, however the network cuts it.</summary>
public sealed class SinkTests
{
    private static readonly string Body = SinkFixture.Mark(5) + "\r\nSubject: x\r\n\r\n..\r\n. x\r\n.\nmiddle\r\n..x\r\n\r\n";

    private static readonly string Dialogue =
        "EHLO a.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<r0.5@d0.bench.test>\r\nRCPT TO:<r1.5@d1.bench.test> NOTIFY=NEVER\r\nDATA\r\n"
            + Body + ".\r\nNOOP\r\nQUIT\r\n";

    public static TheoryData<string> Cuts => ["whole", "lines", "octets", "before the last of each line"];

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Pipelined_commands_and_content_are_taken_however_they_are_cut(string cut)
    {
        using var sink = new SinkFixture(Body.Length, recipients: 2);
        sink.Accept(5);
        var replies = await ExchangeAsync(sink.Port, Pieces(Dialogue, cut));
        Assert.Equal(["220", "250", "250", "250", "250", "354", "250", "250", "221"], Codes(replies));
        Assert.Equal((1, 0, 0, 0, 0),
            (sink.Ledger.Completed, sink.Ledger.Missing, sink.Ledger.Duplicates, sink.Ledger.Truncated, sink.Ledger.Foreign));
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Octets_are_counted_exactly_however_they_are_cut(string cut)
    {
        using var sink = new SinkFixture(Body.Length + 1, recipients: 2);
        sink.Accept(5);
        await ExchangeAsync(sink.Port, Pieces(Dialogue, cut));
        Assert.Equal((1, 1), (sink.Ledger.Completed, sink.Ledger.Truncated));
    }

    [Fact]
    public async Task Content_larger_than_the_buffer_is_counted_and_found_again()
    {
        var body = SinkFixture.Mark(1) + "\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 10_000));
        using var sink = new SinkFixture(body.Length);
        var content = new[] { "MAIL FROM:<a@a.test>\r\nRCPT TO:<r0.1@d0.bench.test>\r\nDATA\r\n", body, ".\r\nQUIT\r\n" };
        Assert.Equal(["220", "250", "250", "354", "250", "221"], Codes(await ExchangeAsync(sink.Port, content)));
        Assert.Equal((1, 0), (sink.Ledger.Completed, sink.Ledger.Truncated));
    }

    [Fact]
    public async Task Many_messages_of_one_connection_are_told_apart()
    {
        using var sink = new SinkFixture();
        var dialogue = new StringBuilder("HELO a.test\r\n");
        for (var n = 0; n < 100; n++) dialogue.Append(Transaction(n % 50));
        await ExchangeAsync(sink.Port, [dialogue.Append("QUIT\r\n").ToString()]);
        Assert.Equal((50, 50, 0), (sink.Ledger.Completed, sink.Ledger.Duplicates, sink.Ledger.Foreign));
    }

    [Theory]
    [InlineData("Subject: none\r\n\r\nbody\r\n")]
    [InlineData("")]
    [InlineData("\r\nX-Load: 12345678-0000000001\r\n")]
    [InlineData("Subject: a bounce\r\n\r\nX-Load: 12345678-0000000001\r\n\r\nreturned\r\n")]
    [InlineData("X-Load: 12345678-00000001\r\n\r\n")]
    public async Task A_mark_counts_only_whole_and_in_the_header(string body)
    {
        using var sink = new SinkFixture();
        var dialogue = "MAIL FROM:<a@a.test>\r\nRCPT TO:<r0.1@d0.bench.test>\r\nDATA\r\n" + body + ".\r\nQUIT\r\n";
        Assert.Equal(["220", "250", "250", "354", "250", "221"], Codes(await ExchangeAsync(sink.Port, [dialogue])));
        Assert.Equal((0, 1), (sink.Ledger.Completed, sink.Ledger.Foreign));
    }

    [Fact]
    public async Task A_mark_below_trace_fields_counts()
    {
        using var sink = new SinkFixture();
        var body = "Received: from a.test\r\n\tby b.test\r\nx-other: 1\r\n" + SinkFixture.Mark(1) + "\r\n\r\nbody\r\n";
        await ExchangeAsync(sink.Port, ["MAIL FROM:<a@a.test>\r\nRCPT TO:<R0.1@d0.bench.test>\r\nDATA\r\n" + body + ".\r\nQUIT\r\n"]);
        Assert.Equal((1, 0), (sink.Ledger.Completed, sink.Ledger.Foreign));
    }

    [Fact]
    public async Task Reset_and_a_new_sender_forget_recipients()
    {
        using var sink = new SinkFixture();
        string[] dialogue =
            ["MAIL FROM:<a@a.test>\r\nRCPT TO:<r0.1@d0.bench.test>\r\nRSET\r\nDATA\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<r0.1@d0.bench.test>\r\nMAIL FROM:<b@a.test>\r\nDATA\r\nQUIT\r\n"];
        Assert.Equal(
            ["220", "250", "250", "250", "503", "250", "250", "250", "503", "221"], Codes(await ExchangeAsync(sink.Port, dialogue)));
        Assert.Equal((0, 0), (sink.Ledger.Completed, sink.Ledger.Foreign));
    }

    [Fact]
    public async Task Other_commands_and_too_many_recipients_are_refused()
    {
        using var sink = new SinkFixture();
        var recipients = string.Concat(Enumerable.Repeat("RCPT TO:<r0.1@d0.bench.test>\r\n", 1001));
        var codes = Codes(await ExchangeAsync(sink.Port, ["BDAT 5 LAST\r\nMAIL FROM:<a@a.test>\r\n" + recipients + "QUIT\r\n"]));
        Assert.Equal(["220", "502", "250"], codes[..3]);
        Assert.Equal((1000, 1), (codes[3..^1].Count(code => code == "250"), codes.Count(code => code == "452")));
        Assert.Equal("221", codes[^1]);
    }

    [Fact]
    public async Task A_line_without_an_end_closes_the_connection()
    {
        using var sink = new SinkFixture();
        Assert.Equal(["220"], Codes(await ExchangeAsync(sink.Port, [new string('x', 64 * 1024)])));
    }

    [Fact]
    public async Task A_message_that_breaks_off_does_not_count()
    {
        using var sink = new SinkFixture();
        sink.Accept(5);
        await ExchangeAsync(sink.Port, [Dialogue[..(Dialogue.IndexOf("..x", StringComparison.Ordinal) + 1)]]);
        Assert.Equal((0, 1), (sink.Ledger.Completed, sink.Ledger.Missing));
    }

    private static string Transaction(int number) =>
        $"MAIL FROM:<a@a.test>\r\nRCPT TO:<{SinkFixture.Recipient(0, number)}>\r\nDATA\r\n{SinkFixture.Mark(number)}\r\n\r\nbody\r\n.\r\n";

    private static IEnumerable<string> Pieces(string text, string cut) => cut switch
    {
        "whole" => [text],
        "octets" => text.Select(each => each.ToString()),
        "lines" => text.Split("\r\n").SkipLast(1).Select(line => line + "\r\n"),
        _ => text.Split('\n').SkipLast(1).Select((line, n) => n == 0 ? line : "\n" + line).Append("\n"),
    };

    // The replies up to the sink's end of the connection; ours ends after the last piece.
    private static async Task<string> ExchangeAsync(int port, IEnumerable<string> pieces)
    {
        using var limit = new CancellationTokenSource(SinkFixture.Limit);
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        var stream = client.GetStream();
        var replies = new StreamReader(stream, Encoding.ASCII).ReadToEndAsync(limit.Token);
        foreach (var piece in pieces) await stream.WriteAsync(Encoding.ASCII.GetBytes(piece), limit.Token);
        client.Client.Shutdown(SocketShutdown.Send);
        return await replies;
    }

    private static string[] Codes(string replies) =>
        [.. replies.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Where(line => line[3] == ' ').Select(line => line[..3])];
}
