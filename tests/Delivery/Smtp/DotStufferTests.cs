using System.IO.Pipelines;
using System.Text;
using CsCheck;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

public class DotStufferTests
{
    private static readonly string[] Parts = ["\r\n", ".", "a", "\r\n.", "..", "\u00e9", "\r\n\r\n"];

    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData(".a\r\n..b\r\nc.\r\n", "..a\r\n...b\r\nc.\r\n.\r\n")]
    [InlineData("\r\n.\r\n\r\n", "\r\n..\r\n\r\n.\r\n")]
    [InlineData("no end", "no end\r\n.\r\n")]
    public async Task Leading_dots_are_doubled_and_the_final_dot_is_added(string content, string expected)
    {
        for (var size = 1; size <= 8; size++) Assert.Equal(expected, await StuffAsync(Encoding.ASCII.GetBytes(content), size));
    }

    [Fact]
    public async Task Unstuffing_restores_the_content_however_it_is_split()
    {
        var gen = Gen.Select(Gen.Int[0, Parts.Length - 1].Select(i => Parts[i]).Array[0, 60], Gen.Int[1, 20]);
        await gen.SampleAsync(async (parts, size) =>
        {
            var content = string.Concat(parts) + "\r\n";
            var stuffed = await StuffAsync(Encoding.Latin1.GetBytes(content), size);
            Assert.Equal(content, Unstuff(stuffed));
        });
    }

    [Fact]
    public async Task A_peer_that_stops_reading_ends_the_writing()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var flushes = 0;
        var content = Pieces.Of(new byte[1_000_000], 50_000);
        Assert.False(await DotStuffer.WriteAsync(OutgoingContent.Unchanged(content), pipe.Writer, () => new ValueTask<bool>(++flushes < 3),
            () => throw new InvalidOperationException("the end was reached")));
        Assert.Equal(3, flushes);
    }

    private static async Task<string> StuffAsync(byte[] content, int size)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        Assert.True(await DotStuffer.WriteAsync(OutgoingContent.Unchanged(Pieces.Of(content, size)), pipe.Writer, async () =>
        {
            await pipe.Writer.FlushAsync();
            return true;
        }, () => true));
        await pipe.Writer.CompleteAsync();
        var stream = new MemoryStream();
        await pipe.Reader.AsStream().CopyToAsync(stream);
        return Encoding.Latin1.GetString(stream.ToArray());
    }

    // The definition of RFC 5321 section 4.5.2, line by line.
    private static string Unstuff(string stuffed)
    {
        var content = new StringBuilder();
        foreach (var line in stuffed.Split("\r\n"))
        {
            if (line == ".") return content.ToString();
            content.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        throw new InvalidOperationException("the content has no end");
    }
}
