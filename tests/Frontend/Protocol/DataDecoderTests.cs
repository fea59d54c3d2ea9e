using System.Buffers;
using System.Text;
using CsCheck;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Protocol;

/// <summary>Properties of taking content out of DATA, over octets that are mostly those which matter.</summary>
public sealed class DataDecoderTests
{
    // Dots and line ends, whole and broken, and a few others between them.
    private static readonly Gen<string> Hostile =
        Generators.TextOf(12, "\r\n", "\r\n", "\r", "\n", ".", ".", "\r\n.", "\r\n.\r\n", "a", "\0", "\xe9", "text");

    private static readonly Gen<string> Lines =
        Generators.TextOf(12, "\r\n", ".\r\n", "..\r\n", ".a\r\n", "a.\r\n", "a\r\n", "\xe9\xff\r\n", "some text\r\n", "From: x\r\n");

    private static readonly Gen<int[]> Cuts = Gen.Int[0, 60].Array[0, 12];

    [Fact]
    public void However_the_input_is_split_the_result_is_the_same() =>
        Gen.Select(Hostile, Cuts).Sample((text, cuts) =>
        {
            var whole = Run(text, []);
            Assert.Equal(whole, Run(text, cuts));
            Assert.Equal(whole, Run(text, [.. Enumerable.Range(0, text.Length)]));
        });

    [Fact]
    public void It_does_what_its_definition_says() =>
        Gen.Select(Hostile, Cuts).Sample((text, cuts) => Assert.Equal(Define(text), Run(text, cuts)));

    [Fact]
    public void Stuffing_then_unstuffing_is_the_identity() =>
        Gen.Select(Lines, Cuts, Hostile).Sample((content, cuts, after) =>
            Assert.Equal(new Outcome(true, false, content, after), Run(Stuff(content) + ".\r\n" + after, cuts)));

    [Fact]
    public void The_limit_is_on_the_content_whatever_the_split() =>
        Gen.Select(Lines, Cuts, Gen.Int[0, 40]).Sample((content, cuts, limit) =>
        {
            var builder = new ContentBuilder([]);
            var decoder = new DataDecoder(builder, limit);
            Feed(decoder, Stuff(content), cuts);
            Assert.Equal(content.Length > limit, decoder.IsTooLong);
            Assert.InRange(builder.Length, 0, limit);
        });

    [Fact]
    public void Eight_bit_octets_are_noted() =>
        Gen.Select(Lines, Cuts).Sample((content, cuts) =>
        {
            var builder = new ContentBuilder([]);
            Feed(new DataDecoder(builder, long.MaxValue), Stuff(content), cuts);
            Assert.Equal(content.Any(c => c > 127), builder.HasEightBit);
        });

    [Fact]
    public void Segments_stay_below_the_large_object_heap_and_keep_every_octet()
    {
        var octets = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Range(0, 70_000).Select(i => (char)('0' + i % 10) + "\xe9\0")));
        var builder = new ContentBuilder([]);
        for (var i = 0; i < octets.Length; i += 777) builder.Append(octets.AsSpan(i, Math.Min(777, octets.Length - i)));
        var content = builder.Build();
        Assert.Equal(octets, content.Octets.ToArray());
        foreach (var memory in content.Octets) Assert.InRange(memory.Length, 1, 64 * 1024);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4_200)]
    [InlineData(1 << 20)]
    public void What_was_expected_changes_nothing_of_the_content(long expected)
    {
        byte[] header = [.. "Received: above\r\n"u8], octets = [.. Enumerable.Range(0, 9_000).Select(i => (byte)('0' + i % 10))];
        var builder = new ContentBuilder(header);
        Assert.Equal(header.Length, builder.Length);
        builder.Expect(expected);
        foreach (var piece in octets.Chunk(700)) builder.Append(piece);
        Assert.Equal(header.Length + octets.Length, builder.Length);
        var content = builder.Build();
        Assert.Equal([.. header, .. octets], content.Octets.ToArray());
        foreach (var memory in content.Octets) Assert.InRange(memory.Length, 1, 64 * 1024);
    }

    [Fact]
    public void Without_content_there_is_the_header_alone()
    {
        Assert.Equal([1, 2], new ContentBuilder([1, 2]).Build().Octets.ToArray());
        var cleared = new ContentBuilder([1, 2]);
        cleared.Append([3]);
        cleared.Clear();
        Assert.Equal(0, cleared.Length);
        Assert.Empty(cleared.Build().Octets.ToArray());
    }

    // Whether it ended, whether it is refused, the content where it is not, and what is left of the input.
    private sealed record Outcome(bool IsDone, bool IsRefused, string Content, string Rest);

    private static Outcome Run(string text, int[] cuts)
    {
        var builder = new ContentBuilder([]);
        var decoder = new DataDecoder(builder, long.MaxValue);
        var rest = Feed(decoder, text, cuts);
        return new Outcome(
            decoder.IsDone, decoder.IsRefused, decoder.IsRefused ? "" : Encoding.Latin1.GetString(builder.Build().Octets.ToArray()), rest);
    }

    private static string Stuff(string content) =>
        (content.StartsWith('.') ? "." : "") + content.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);

    // Each piece is a sequence of two segments, as it may come out of a pipe.
    private static string Feed(DataDecoder decoder, string text, int[] cuts)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        var bounds = cuts.Where(cut => cut < octets.Length).Append(octets.Length).Distinct().Order();
        var start = 0;
        foreach (var end in bounds)
        {
            var piece = Sequences.Split(octets.AsMemory(start, end - start), (end - start) / 2);
            var taken = piece.Slice(piece.Start, decoder.Decode(piece)).Length;
            start += (int)taken;
            if (decoder.IsDone) break;
            Assert.Equal(end, start);
        }

        return text[start..];
    }

    // The definition, as slow as it is short: the first CRLF.CRLF ends it (the CRLF of the DATA command counts); then lines lose a leading dot.
    private static Outcome Define(string text)
    {
        var stream = "\r\n" + text;
        var end = stream.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        var content = end < 0 ? text : stream[..(end + 2)][2..];
        var rest = end < 0 ? "" : stream[(end + 5)..];
        // A CR at the very end is not bare yet: what comes next says what it is.
        var judged = end < 0 && content.EndsWith('\r') ? content[..^1] : content;
        var isBare = judged.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n');
        if (isBare || content.Contains('\0')) return new Outcome(end >= 0, true, "", rest);
        var unstuffed = ("\r\n" + content).Replace("\r\n.", "\r\n", StringComparison.Ordinal)[2..];
        if (end < 0 && ("\r\n" + content).EndsWith("\r\n.\r", StringComparison.Ordinal)) unstuffed = unstuffed[..^1];
        return new Outcome(end >= 0, false, unstuffed, rest);
    }
}
