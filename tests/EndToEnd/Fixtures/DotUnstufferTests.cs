using System.Buffers;
using System.Text;
using CsCheck;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Fixtures;

public sealed class DotUnstufferTests
{
    private static readonly string[] Pieces = ["", ".", "..", "a", "b.", ".c", " ", "\t."];

    private static readonly Gen<byte[]> Content =
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 3].Select(string.Concat).Array[0, 8]
            .Select(lines => Encoding.ASCII.GetBytes(string.Concat(lines.Select(line => line + "\r\n"))));

    [Fact]
    public void Stuffed_content_comes_back_however_it_is_split_and_the_rest_stays()
    {
        Gen.Select(Content, Gen.Int[1, 7]).Sample((content, step) =>
        {
            byte[] wire = [.. DotUnstuffer.Stuff(content), .. "QUIT\r\n"u8];
            var (unstuffed, rest) = Unstuff(wire, step);

            Assert.Equal(Encoding.ASCII.GetString(content), Encoding.ASCII.GetString(unstuffed));
            Assert.Equal("QUIT\r\n", Encoding.ASCII.GetString(rest));
        });
    }

    [Theory]
    [InlineData("a\n.\r\n..\r\n\r\n.\r\n", "a\n.\r\n.\r\n\r\n")]
    [InlineData("a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n")]
    [InlineData("a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n")]
    [InlineData("a\r\n.\r\r\nb\r\n.\r\n", "a\r\n\r\r\nb\r\n")]
    [InlineData("a\r\n.\n\r\n.\r\n", "a\r\n\n\r\n")]
    [InlineData(".\r\n", "")]
    [InlineData("..\r\n.\r\n", ".\r\n")]
    public void Only_a_dot_between_two_line_ends_of_both_characters_ends_the_message(string wire, string content)
    {
        for (var step = 1; step <= wire.Length; step++)
        {
            var (unstuffed, rest) = Unstuff(Encoding.ASCII.GetBytes(wire), step);
            Assert.Equal(content, Encoding.ASCII.GetString(unstuffed));
            Assert.Empty(rest);
        }
    }

    private static (byte[] Content, byte[] Next) Unstuff(byte[] wire, int step)
    {
        var unstuffer = new DotUnstuffer();
        var output = new ArrayBufferWriter<byte>();
        for (var at = 0; at < wire.Length; at += step)
        {
            var chunk = wire.AsSpan(at, Math.Min(step, wire.Length - at));
            if (unstuffer.Feed(chunk, output, out var consumed))
            {
                return (output.WrittenSpan.ToArray(), wire[(at + consumed)..]);
            }

            Assert.Equal(chunk.Length, consumed);
        }

        throw new InvalidOperationException("the end was not seen");
    }
}
