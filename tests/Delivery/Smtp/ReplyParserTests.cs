using System.Buffers;
using System.Text;
using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

public class ReplyParserTests
{
    private static readonly Gen<string> Replies = Gen.Select(
        Gen.Int[200, 599], Gen.String[Gen.Char[' ', '~'], 0, 60].Array[1, 6],
        (code, lines) => string.Concat(lines.Select((line, i) => $"{code}{(i == lines.Length - 1 ? ' ' : '-')}{line}\r\n")));

    [Theory]
    [InlineData("250 ok\r\n", 250, "ok")]
    [InlineData("250\r\n", 250, "")]
    [InlineData("250 \r\n", 250, "")]
    [InlineData("250-a\r\n250-b\r\n250 c\r\n", 250, "a\nb\nc")]
    [InlineData("421 4.3.2 closing\n", 421, "4.3.2 closing")]
    [InlineData("550 n\u00f6 such user\r\n", 550, "n?? such user")]
    public void Replies_are_parsed(string text, int code, string lines)
    {
        Assert.Equal(ParseResult.Complete, Parse(text, out var reply, out var rest));
        Assert.Equal((code, lines), (reply!.Code, string.Join('\n', reply.Lines)));
        Assert.Equal("", rest);
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("25 ok\r\n")]
    [InlineData("2500 ok\r\n")]
    [InlineData("150 ok\r\n")]
    [InlineData("650 ok\r\n")]
    [InlineData("250_ok\r\n")]
    [InlineData("250\rok\r\n")]
    [InlineData("\r\n")]
    public void A_line_without_a_code_is_skipped(string text)
    {
        Assert.Equal(ParseResult.Incomplete, Parse(text, out _, out _));
        Assert.Equal(ParseResult.Complete, Parse($"{text}250-first\r\n{text}250 last\r\n354 go", out var reply, out var rest));
        Assert.Equal((250, "first\nlast", "354 go"), (reply!.Code, string.Join('\n', reply.Lines), rest));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Too_many_lines_without_a_code_are_invalid(int most)
    {
        var stray = string.Concat(Enumerable.Repeat("hello\r\n", most));
        Assert.Equal(ParseResult.Complete, ParseAtMost(most, $"{stray}220 mx\r\n"));
        Assert.Equal(ParseResult.Incomplete, ParseAtMost(most, $"{stray}hello"));
        Assert.Equal(ParseResult.Invalid, ParseAtMost(most, $"{stray}hello\r\n220 mx\r\n"));

        static ParseResult ParseAtMost(int most, string text) =>
            ReplyParser.Parse(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(text)), most, out _, out _);
    }

    [Theory]
    [InlineData("250-a\r\n251 b\r\n", 251, null)]
    [InlineData("550-5.1.1 no such user\r\n554 5.1.1 really\r\n", 554, "5.1.1")]
    [InlineData("450-4.2.0 later\r\n550 5.7.1 never\r\n", 550, "5.7.1")]
    [InlineData("250-ok\r\n550 no\r\n", 550, null)]
    public void The_code_of_the_last_line_counts(string text, int code, string? status)
    {
        Assert.Equal(ParseResult.Complete, Parse(text, out var reply, out _));
        Assert.Equal((code, status), (reply!.Code, reply.ToReply().Status?.ToString()));
    }

    [Fact]
    public void A_long_line_is_truncated_and_still_counts()
    {
        Assert.Equal(ParseResult.Complete,
            Parse($"250-{new string('x', 5000)}\r\n250 {new string('y', 3000)}\r\n354 go", out var reply, out var rest));
        Assert.Equal((250, "354 go"), (reply!.Code, rest));
        Assert.Equal([new string('x', ReplyParser.MaxLine - 4), new string('y', ReplyParser.MaxLine - 4)], reply.Lines);
    }

    [Fact]
    public void Excess_lines_are_skipped_but_belong_to_the_reply()
    {
        var lines = string.Concat(Enumerable.Range(0, 500).Select(i => $"550-line {i}\r\n"));
        Assert.Equal(ParseResult.Complete, Parse($"{lines}550 end\r\n250 next", out var reply, out var rest));
        Assert.Equal((550, ReplyParser.MaxLines, "250 next"), (reply!.Code, reply.Lines.Count, rest));
        Assert.Equal(ParseResult.Complete, Parse($"{lines}551 end\r\n", out reply, out _));
        Assert.Equal(551, reply!.Code);
    }

    [Fact]
    public void The_code_of_an_endless_reply_counts()
    {
        var text = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"550-line {i} of very many\r\n"));
        Assert.Equal(ParseResult.Endless, Parse(text, out var reply, out var rest));
        Assert.Equal((550, ReplyParser.MaxLines, ""), (reply!.Code, reply.Lines.Count, rest));
    }

    [Theory]
    [InlineData("no code\r\n")]
    [InlineData("250 no end of this line")]
    public void An_endless_reply_without_a_code_is_invalid(string text)
    {
        var endless = string.Concat(Enumerable.Repeat(text, ReplyParser.MaxLength / text.Length + 1));
        Assert.Equal(ParseResult.Incomplete, Parse(endless[..ReplyParser.MaxLength], out _, out _));
        Assert.Equal(ParseResult.Invalid, Parse(endless[..(ReplyParser.MaxLength + 1)], out _, out _));
    }

    [Theory]
    [InlineData("550 5.1.10 null mx", "5.1.10", "null mx")]
    [InlineData("550-5.1.1 no|550 5.1.10 user", "5.1.1", "no\n5.1.10 user")]
    [InlineData("550-5.1.1|550 5.1.1 user", "5.1.1", "\nuser")]
    [InlineData("550 4.2.1 later", null, "4.2.1 later")]
    [InlineData("250 5.0.0 what", null, "5.0.0 what")]
    public void An_enhanced_code_needs_three_numbers_and_the_class_of_its_reply(string text, string? status, string expected)
    {
        Parse(text.Replace("|", "\r\n", StringComparison.Ordinal) + "\r\n", out var raw, out _);
        var reply = raw!.ToReply();
        Assert.Equal((status, expected), (reply.Status?.ToString(), reply.Text));
    }

    [Fact]
    public void The_enhanced_code_is_removed_from_every_line()
    {
        Parse("550-5.1.1 no such\r\n550 5.1.1 user\r\n", out var raw, out _);
        var reply = raw!.ToReply();
        Assert.Equal((550, new EnhancedStatus(5, 1, 1), "no such\nuser"), (reply.Code, reply.Status, reply.Text));
    }

    [Fact]
    public void The_result_is_independent_of_how_the_input_is_split() =>
        Gen.Select(Replies, Replies, Gen.Int[1, 40]).Sample((first, second, size) =>
    {
        var whole = Encoding.ASCII.GetBytes(first + second);
        Assert.Equal(ParseResult.Complete, ReplyParser
            .Parse(new ReadOnlySequence<byte>(whole), ReplyParser.AnyStray, out var expected, out var end));
        var pieces = Pieces.Of(whole, size);
        Assert.Equal(ParseResult.Complete, ReplyParser.Parse(pieces, ReplyParser.AnyStray, out var reply, out var consumed));
        Assert.Equal((expected!.Code, string.Join('\n', expected.Lines)), (reply!.Code, string.Join('\n', reply.Lines)));
        Assert.Equal(first.Length, pieces.Slice(0, consumed).Length);
        Assert.Equal(first.Length, new ReadOnlySequence<byte>(whole).Slice(0, end).Length);
    });

    [Fact]
    public void A_partial_reply_is_incomplete() => Gen.Select(Replies, Gen.Double[0, 1]).Sample((text, part) =>
    {
        var length = (int)(part * (text.Length - 1));
        Assert.Equal(ParseResult.Incomplete, Parse(text[..length], out _, out _));
    });

    [Fact]
    public void Arbitrary_input_ends_with_a_result() =>
        Gen.Byte.Array[0, 3000]
            .Sample(octets => Enum.IsDefined(ReplyParser.Parse(new ReadOnlySequence<byte>(octets), ReplyParser.AnyStray, out _, out _)));

    private static ParseResult Parse(string text, out RawReply? reply, out string rest)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        var sequence = new ReadOnlySequence<byte>(octets);
        var result = ReplyParser.Parse(sequence, ReplyParser.AnyStray, out reply, out var consumed);
        rest = Encoding.UTF8.GetString(sequence.Slice(consumed));
        return result;
    }
}
