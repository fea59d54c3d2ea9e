using System.Text;
using Postfleet.Tools.Loading;
using Xunit;

namespace Postfleet.Tools.Tests.Loading;

public sealed class ContentTests
{
    private static readonly Plan Any = new() { Port = 1, Messages = 100 };

    private readonly Ledger _ledger = new(Any, 1);

    public static TheoryData<int> Sizes => [.. Enumerable.Range(Content.MinOctets, 170), 4096, 16_383, 16_384, 16_385, 102_400];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Content_has_its_octets_in_lines_that_need_no_stuffing(int octets)
    {
        var content = new Content(octets, [], _ledger);
        content.Mark(7);
        var text = Encoding.ASCII.GetString([.. content.Head.Span, .. content.Tail.Span]);
        Assert.EndsWith("\r\n.\r\n", text, StringComparison.Ordinal);
        text = text[..^3];
        Assert.Equal(octets, text.Length);
        var lines = text.Split("\r\n");
        Assert.Equal("X-Load: 00000001-0000000007", lines[0]);
        Assert.Contains("", lines[..^1]);
        Assert.Equal("", lines[^1]);
        Assert.All(lines, line => Assert.False(line.StartsWith('.') || line.Length > 78 || line.AsSpan().ContainsAny('\r', '\n'), line));
    }

    [Fact]
    public void Small_content_goes_in_one_write() => Assert.Equal(0, new Content(4096, [], _ledger).Head.Length);

    [Fact]
    public void Only_the_mark_changes()
    {
        var content = new Content(300, [], _ledger);
        content.Mark(1);
        var first = content.Tail.ToArray();
        content.Mark(99);
        Assert.Equal(Encoding.ASCII.GetString(first).Replace("-0000000001", "-0000000099", StringComparison.Ordinal), Encoding.ASCII
            .GetString(content.Tail.Span));
    }

    [Fact]
    public void Lines_at_the_top_stay_above_the_mark()
    {
        var content = new Content(300, "Top: a\r\n\tb\r\n"u8, _ledger);
        content.Mark(7);
        var text = Encoding.ASCII.GetString(content.Tail.Span);
        var made = Encoding.ASCII.GetString(Content.Make(300));
        Assert.StartsWith("Top: a\r\n\tb\r\nX-Load: 00000001-0000000007\r\nFrom: ", text, StringComparison.Ordinal);
        Assert.EndsWith(made[made.IndexOf("From: ", StringComparison.Ordinal)..] + ".\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipients_have_the_domains_in_turn()
    {
        var envelope = new Envelope(Any with { Recipients = 2, Domains = 3, FirstDomain = 10 });
        envelope.Fill(1);
        string[] lines =
            ["MAIL FROM:<from@source.test>\r\n", "RCPT TO:<r0.1@d12.bench.test>\r\n", "RCPT TO:<r1.1@d10.bench.test>\r\n", "DATA\r\n"];
        Assert.Equal(lines, Enumerable.Range(0, 4).Select(n => Encoding.ASCII.GetString(envelope.Line(n).Span)));
        Assert.Equal(string.Concat(lines), Encoding.ASCII.GetString(envelope.All.Span));
    }

    [Fact]
    public void The_longest_commands_have_room()
    {
        var envelope = new Envelope(Any with { Recipients = 1000, Domains = 10_000_000, FirstDomain = 1_000_000_000 });
        envelope.Fill(9_999_999);
        Assert.Equal("RCPT TO:<r999.9999999@d1009999999.bench.test>\r\n", Encoding.ASCII.GetString(envelope.Line(1000).Span));
    }
}
