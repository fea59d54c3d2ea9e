using System.Buffers;
using System.Text;
using CsCheck;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Protocol;

/// <summary>Properties of decoding the content of DATA, mostly over CR, LF and dots.</summary>
public sealed class DataDecoderTests
{
    // Dots, complete and bare line ends, and some other octets.
    private static readonly Gen<string> Hostile =
        Generators.TextOf(12, "\r\n", "\r\n", "\r", "\n", ".", ".", "\r\n.", "\r\n.\r\n", "a", "\0", "\xe9", "text");

    private static readonly Gen<string> Lines =
        Generators.TextOf(12, "\r\n", ".\r\n", "..\r\n", ".a\r\n", "a.\r\n", "a\r\n", "\xe9\xff\r\n", "some text\r\n", "From: x\r\n");

    private static readonly Gen<int[]> Cuts = Gen.Int[0, 60].Array[0, 12];

    [Fact]
    public void Any_split_of_the_input_gives_the_same_result() =>
        Gen.Select(Hostile, Cuts).Sample((text, cuts) =>
        {
            var whole = Run(text, []);
            Assert.Equal(whole, Run(text, cuts));
            Assert.Equal(whole, Run(text, [.. Enumerable.Range(0, text.Length)]));
        });

    [Fact]
    public void Decoding_follows_the_definition() =>
        Gen.Select(Hostile, Cuts).Sample((text, cuts) => Assert.Equal(Define(text), Run(text, cuts)));

    [Fact]
    public void With_bare_LF_accepted_any_split_gives_the_same_result() =>
        Gen.Select(Hostile, Cuts).Sample((text, cuts) => Assert.Equal(DefineForgiving(text), Run(text, cuts, acceptsBareLf: true)));

    // The content has no bare line end, which another host could interpret differently; relaying stuffs its dots again.
    [Fact]
    public void With_bare_LF_accepted_the_content_has_only_CRLF() =>
        Hostile.Sample(text =>
        {
            var outcome = Run(text, [], acceptsBareLf: true);
            var content = outcome.IsDone ? outcome.Content : outcome.Content.TrimEnd('\r');
            Assert.False(content.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n'));
            if (outcome.IsDone && !outcome.IsRefused)
                Assert.Equal(new Outcome(true, false, content, ""), Run(Stuff(content) + ".\r\n", []));
        });

    [Theory]
    [InlineData("a\n.\nb\r\n.\r\n", "a\r\n.\r\nb\r\n")]
    [InlineData("a\n.\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n")]
    [InlineData("a\r\n.\nb\r\n.\r\n", "a\r\n.\r\nb\r\n")]
    [InlineData("a\n..b\n.c\r\n..d\r\n.\r\n", "a\r\n.b\r\n.c\r\n.d\r\n")]
    public void With_bare_LF_accepted_a_dot_before_a_bare_LF_is_content(string text, string content)
    {
        Assert.Equal(new Outcome(true, false, content, ""), Run(text, [], acceptsBareLf: true));
    }

    [Theory]
    [InlineData("a\n.\n")]
    [InlineData("a\n.\r\n")]
    [InlineData("a\r\n.\n")]
    public void A_lone_dot_before_a_bare_LF_is_an_ambiguous_end(string text)
    {
        var decoder = new DataDecoder(new ContentBuilder([]), long.MaxValue, acceptsBareLf: false);
        Feed(decoder, text, []);
        Assert.True(decoder is { HasAmbiguousEnd: true, IsRefused: true, IsDone: true });
    }

    [Fact]
    public void Stuffing_then_unstuffing_is_the_identity() =>
        Gen.Select(Lines, Cuts, Hostile).Sample((content, cuts, after) =>
            Assert.Equal(new Outcome(true, false, content, after), Run(Stuff(content) + ".\r\n" + after, cuts)));

    [Fact]
    public void The_limit_is_on_the_content_for_any_split() =>
        Gen.Select(Lines, Cuts, Gen.Int[0, 40]).Sample((content, cuts, limit) =>
        {
            var builder = new ContentBuilder([]);
            var decoder = new DataDecoder(builder, limit, acceptsBareLf: false);
            Feed(decoder, Stuff(content), cuts);
            Assert.Equal(content.Length > limit, decoder.IsTooLong);
            Assert.InRange(builder.Length, 0, limit);
        });

    [Fact]
    public void Eight_bit_octets_are_detected() =>
        Gen.Select(Lines, Cuts).Sample((content, cuts) =>
        {
            var builder = new ContentBuilder([]);
            Feed(new DataDecoder(builder, long.MaxValue, acceptsBareLf: false), Stuff(content), cuts);
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
    public void Reserved_capacity_does_not_change_the_content(long expected)
    {
        byte[] header = [.. "Received: above\r\n"u8], octets = [.. Enumerable.Range(0, 9_000).Select(i => (byte)('0' + i % 10))];
        var builder = new ContentBuilder(header);
        Assert.Equal(header.Length, builder.Length);
        builder.Reserve(expected);
        foreach (var piece in octets.Chunk(700)) builder.Append(piece);
        Assert.Equal(header.Length + octets.Length, builder.Length);
        var content = builder.Build();
        Assert.Equal([.. header, .. octets], content.Octets.ToArray());
        foreach (var memory in content.Octets) Assert.InRange(memory.Length, 1, 64 * 1024);
    }

    [Fact]
    public void An_empty_message_consists_of_the_header()
    {
        Assert.Equal([1, 2], new ContentBuilder([1, 2]).Build().Octets.ToArray());
        var cleared = new ContentBuilder([1, 2]);
        cleared.Append([3]);
        cleared.Clear();
        Assert.Equal(0, cleared.Length);
        Assert.Empty(cleared.Build().Octets.ToArray());
    }

    // Whether the content ended, whether it is refused, the content if not, and the rest of the input.
    private sealed record Outcome(bool IsDone, bool IsRefused, string Content, string Rest);

    private static Outcome Run(string text, int[] cuts, bool acceptsBareLf = false)
    {
        var builder = new ContentBuilder([]);
        var decoder = new DataDecoder(builder, long.MaxValue, acceptsBareLf);
        var rest = Feed(decoder, text, cuts);
        return new Outcome(
            decoder.IsDone, decoder.IsRefused, decoder.IsRefused ? "" : Encoding.Latin1.GetString(builder.Build().Octets.ToArray()), rest);
    }

    private static string Stuff(string content) =>
        (content.StartsWith('.') ? "." : "") + content.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);

    // Each piece is a sequence of two segments, as from a pipe.
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

    // The definition, short and slow: the first CRLF.CRLF ends the content (the CRLF of the DATA command counts); then a leading dot of
    // each line is removed. A lone dot between other line ends refuses the message and ends it.
    private static Outcome Define(string text)
    {
        var stream = "\r\n" + text;
        var odd = new[] { "\n.\n", "\n.\r\n" }.SelectMany(end => Places(stream, end))
            .Where(place => place.Text != "\n.\r\n" || stream[place.At - 1] != '\r')
            .Select(place => place.At + place.Text.Length).DefaultIfEmpty(int.MaxValue).Min();
        var right = stream.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        if (odd != int.MaxValue && (right < 0 || odd < right + 5)) return new Outcome(true, true, "", stream[odd..]);
        var end = stream.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        var content = end < 0 ? text : stream[..(end + 2)][2..];
        var rest = end < 0 ? "" : stream[(end + 5)..];
        // A CR at the end of the input is not bare yet: an LF may follow.
        var judged = end < 0 && content.EndsWith('\r') ? content[..^1] : content;
        var isBare = judged.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n');
        if (isBare || content.Contains('\0')) return new Outcome(end >= 0, true, "", rest);
        var unstuffed = ("\r\n" + content).Replace("\r\n.", "\r\n", StringComparison.Ordinal)[2..];
        if (end < 0 && ("\r\n" + content).EndsWith("\r\n.\r", StringComparison.Ordinal)) unstuffed = unstuffed[..^1];
        return new Outcome(end >= 0, false, unstuffed, rest);
    }

    private static IEnumerable<(int At, string Text)> Places(string stream, string text)
    {
        for (var at = stream.IndexOf(text, StringComparison.Ordinal); at >= 0; at = stream.IndexOf(text, at + 1, StringComparison.Ordinal))
            yield return (at, text);
    }

    // The definition with bare LF accepted: a lone dot between two CRLF ends the content; a dot behind a bare LF is removed only before
    // another dot.
    private static Outcome DefineForgiving(string text)
    {
        var content = new StringBuilder();
        var isBehindCrLf = true;
        var isRefused = text.Contains('\0');
        for (var start = 0; ;)
        {
            var end = text.IndexOf('\n', start);
            var line = end < 0 ? text[start..] : text[start..end];
            var endsWithCrLf = end >= 0 && line.EndsWith('\r');
            if (line.EndsWith('\r')) line = line[..^1];
            if (line.Contains('\r')) isRefused = true;
            var isLoneDot = line == ".";
            if (isLoneDot && isBehindCrLf && endsWithCrLf)
            {
                // Octets behind the end do not count.
                isRefused = text[..end].Contains('\0') || HasBareCr(text[..end]);
                return new Outcome(true, isRefused, isRefused ? "" : content.ToString(), text[(end + 1)..]);
            }

            if (end < 0)
            {
                // A lone dot, with or without its CR, is undecided until the next octet.
                var tail = isLoneDot ? "" : line.StartsWith(isBehindCrLf ? "." : "..", StringComparison.Ordinal) ? line[1..] : line;
                var cr = !isLoneDot && text.EndsWith('\r') ? "\r" : "";
                return new Outcome(false, isRefused, isRefused ? "" : content + tail + cr, "");
            }

            if (!isLoneDot && line.StartsWith(isBehindCrLf ? "." : "..", StringComparison.Ordinal)) line = line[1..];
            content.Append(line).Append("\r\n");
            (isBehindCrLf, start) = (endsWithCrLf, end + 1);
        }
    }

    private static bool HasBareCr(string text) => text.Replace("\r\n", "", StringComparison.Ordinal).TrimEnd('\r').Contains('\r');
}
