using System.Buffers;
using System.Text;
using CsCheck;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Protocol;

public sealed class LineParserTests
{
    private static readonly string Long = new('x', FrontendLimits.CommandLine);

    private static readonly Gen<(string Text, int MaxLength)> Input = Gen.OneOf(InputOf(FrontendLimits.CommandLine), InputOf(64));

    [Fact]
    public void Any_split_of_the_input_gives_the_same_lines() =>
        Gen.Select(Input, Gen.Double[0, 1].Array[0, 8], Gen.Bool).Sample((input, cuts, acceptsBareLf) =>
        {
            var (text, max) = input;
            int[] places = [.. cuts.Select(cut => (int)(cut * text.Length)).Order()];
            Assert.Equal(Run(text, [], max, acceptsBareLf), Run(text, places, max, acceptsBareLf));
            Assert.Equal(Run(text, [], max, acceptsBareLf), Run(text, [.. Enumerable.Range(0, text.Length)], max, acceptsBareLf));
        });

    [Fact]
    public void Lines_are_separated_by_line_ends() =>
        Gen.Select(Input, Gen.Bool).Sample((input, acceptsBareLf) =>
        {
            var (text, max) = input;
            var lines = text.Split('\n');
            var expected = lines[..^1].SelectMany<string, string>(line => !line.EndsWith('\r') && !acceptsBareLf
                ? line.Length + 1 > max ? ["TooLong", "BareLf"] : ["BareLf"]
                : [line.Length + 1 > max ? "TooLong"
                : (line.EndsWith('\r') ? line[..^1] : line).Contains('\r') ? "BareCr"
                : $"Line {(line.EndsWith('\r') ? line[..^1] : line)}"]).ToList();
            if (lines[^1].Length > max) expected.Add("TooLong");
            Assert.Equal(expected, Run(text, [], max, acceptsBareLf));
        });

    [Fact]
    public void An_endless_line_holds_no_memory()
    {
        var isSkipping = false;
        var input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(Long + Long + "\r"));
        Assert.Equal(LineResult.TooLong, LineParser.Read(ref input, ref isSkipping, FrontendLimits.CommandLine, false, out _));
        Assert.Equal(1, input.Length);
        input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes("\r" + Long + Long));
        Assert.Equal(LineResult.Incomplete, LineParser.Read(ref input, ref isSkipping, FrontendLimits.CommandLine, false, out _));
        Assert.Equal(0, input.Length);
    }

    private static Gen<(string Text, int MaxLength)> InputOf(int maxLength)
    {
        var over = new string('x', maxLength);
        return Generators.TextOf(10, "\r\n", "\r\n", "\r", "\n", "NOOP", " ", "x", over, over[2..], over[1..])
            .Select(text => (text, maxLength));
    }

    // The unread rest of a piece precedes the next piece, as in a pipe.
    private static List<string> Run(string text, int[] cuts, int maxLength, bool acceptsBareLf)
    {
        var results = new List<string>();
        var isSkipping = false;
        var left = "";
        var start = 0;
        foreach (var end in cuts.Append(text.Length))
        {
            left += text[start..end];
            start = end;
            var input = Sequences.Split(Encoding.ASCII.GetBytes(left), left.Length / 2);
            LineResult result;
            while ((result = LineParser.Read(ref input, ref isSkipping, maxLength, acceptsBareLf, out var line)) != LineResult.Incomplete)
                results.Add(result == LineResult.Line ? $"Line {Encoding.ASCII.GetString(line)}" : result.ToString());
            left = Encoding.ASCII.GetString(input);
            Assert.InRange(left.Length, 0, maxLength);
        }

        return results;
    }
}
