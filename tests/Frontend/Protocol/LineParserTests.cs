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

    private static readonly Gen<string> Input =
        Generators.TextOf(10, "\r\n", "\r\n", "\r", "\n", "NOOP", " ", "x", Long, Long[2..], Long[1..]);

    [Fact]
    public void Any_split_of_the_input_gives_the_same_lines() =>
        Gen.Select(Input, Gen.Double[0, 1].Array[0, 8], Gen.Bool).Sample((text, cuts, acceptsBareLf) =>
        {
            int[] places = [.. cuts.Select(cut => (int)(cut * text.Length)).Order()];
            Assert.Equal(Run(text, [], acceptsBareLf), Run(text, places, acceptsBareLf));
            Assert.Equal(Run(text, [], acceptsBareLf), Run(text, [.. Enumerable.Range(0, text.Length)], acceptsBareLf));
        });

    [Fact]
    public void Lines_are_separated_by_line_ends() =>
        Gen.Select(Input, Gen.Bool).Sample((text, acceptsBareLf) =>
        {
            var lines = text.Split('\n');
            var expected = lines[..^1].SelectMany<string, string>(line => !line.EndsWith('\r') && !acceptsBareLf
                ? line.Length + 1 > FrontendLimits.CommandLine ? ["TooLong", "BareLf"] : ["BareLf"]
                : [line.Length + 1 > FrontendLimits.CommandLine ? "TooLong"
                : (line.EndsWith('\r') ? line[..^1] : line).Contains('\r') ? "BareCr"
                : $"Line {(line.EndsWith('\r') ? line[..^1] : line)}"]).ToList();
            if (lines[^1].Length > FrontendLimits.CommandLine) expected.Add("TooLong");
            Assert.Equal(expected, Run(text, [], acceptsBareLf));
        });

    [Fact]
    public void An_endless_line_holds_no_memory()
    {
        var isSkipping = false;
        var input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(Long + Long + "\r"));
        Assert.Equal(LineResult.TooLong, LineParser.Read(ref input, ref isSkipping, false, out _));
        Assert.Equal(1, input.Length);
        input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes("\r" + Long + Long));
        Assert.Equal(LineResult.Incomplete, LineParser.Read(ref input, ref isSkipping, false, out _));
        Assert.Equal(0, input.Length);
    }

    // The unread rest of a piece precedes the next piece, as in a pipe.
    private static List<string> Run(string text, int[] cuts, bool acceptsBareLf)
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
            while ((result = LineParser.Read(ref input, ref isSkipping, acceptsBareLf, out var line)) != LineResult.Incomplete)
                results.Add(result == LineResult.Line ? $"Line {Encoding.ASCII.GetString(line)}" : result.ToString());
            left = Encoding.ASCII.GetString(input);
            Assert.InRange(left.Length, 0, FrontendLimits.CommandLine);
        }

        return results;
    }
}
