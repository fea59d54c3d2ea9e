using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Postfleet.Frontend.Session;
using Xunit;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>
/// A client at the other end of a session's pipes. Everything runs inline: when sending returns, the session has handled all input, so the
/// absence of a reply can be asserted without waiting.
/// </summary>
internal sealed class MemoryClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly InputSplit _split;
    private readonly Pipe _toSession;
    private readonly Pipe _fromSession;
    private readonly CancellationTokenSource _aborted = new();

    public MemoryClient(
        World world, InputSplit split = InputSplit.Whole, IPAddress? address = null, long replyBuffer = 64 * 1024, string early = "",
        long inputBuffer = 0)
    {
        _split = split;
        _toSession = new Pipe(Options(inputBuffer));
        _fromSession = new Pipe(Options(replyBuffer));
        var pipe = new Duplex(_toSession.Reader, _fromSession.Writer);
        Session = new SmtpSession("1", pipe, address ?? World.Trusted, world.Services, world.Profile);
        // Input from before the session begins.
        Encoding.Latin1.GetBytes(early, _toSession.Writer);
        var flushed = _toSession.Writer.FlushAsync();
        Assert.True(flushed.IsCompletedSuccessfully);
        Ended = RunAsync();
    }

    /// <summary>A client whose session has answered DATA and waits for content. The message has a single recipient.</summary>
    public static async Task<MemoryClient> InDataAsync(World world)
    {
        var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        await client.ExpectAsync("220 *", "250 mx.example.org", "250 2.1.0 Ok", "250 2.1.5 Ok", "354 *");
        return client;
    }

    public SmtpSession Session { get; }

    /// <summary>Completes when the session is over.</summary>
    public Task Ended { get; }

    /// <summary>Sends an octet per Latin-1 character.</summary>
    public async Task SendAsync(string text)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        for (var start = 0; start < octets.Length;)
        {
            var end = _split switch
            {
                InputSplit.Octets => start + 1,
                InputSplit.Lines when octets.AsSpan(start).IndexOf((byte)'\n') is >= 0 and var length => start + length + 1,
                _ => octets.Length,
            };
            await _toSession.Writer.WriteAsync(octets.AsMemory(start, end - start));
            start = end;
        }
    }

    /// <summary>Ends the client's input.</summary>
    public void Finish() => _toSession.Writer.Complete();

    /// <summary>Reads a line, without its CRLF; null when the session has ended.</summary>
    public async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            var read = await _fromSession.Reader.ReadAsync().AsTask().WaitAsync(Patience);
            var reader = new SequenceReader<byte>(read.Buffer);
            if (reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
            {
                var text = Encoding.ASCII.GetString(line);
                _fromSession.Reader.AdvanceTo(reader.Position);
                return text;
            }

            _fromSession.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (!read.IsCompleted) continue;
            Assert.Equal(0, read.Buffer.Length);
            return null;
        }
    }

    /// <summary>Reads lines and compares them; a <c>*</c> at the end stands for any rest.</summary>
    public async Task ExpectAsync(params string[] lines)
    {
        foreach (var expected in lines)
        {
            var line = await ReadLineAsync();
            if (expected.EndsWith('*')) Assert.StartsWith(expected[..^1], line, StringComparison.Ordinal);
            else Assert.Equal(expected, line);
        }
    }

    /// <summary>Asserts the absence of unread replies.</summary>
    public void ExpectSilence()
    {
        if (!_fromSession.Reader.TryRead(out var read)) return;
        var text = Encoding.ASCII.GetString(read.Buffer);
        _fromSession.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        Assert.Equal("", text);
    }

    /// <summary>Waits for the end of the session and reads all remaining replies.</summary>
    public async Task<byte[]> ReadRestAsync()
    {
        await Ended.WaitAsync(Patience);
        using var rest = new MemoryStream();
        await _fromSession.Reader.CopyToAsync(rest);
        return rest.ToArray();
    }

    /// <summary>Asserts the end of the session without a further reply.</summary>
    public async Task ExpectEndAsync()
    {
        await Ended.WaitAsync(Patience);
        Assert.Null(await ReadLineAsync());
    }

    /// <summary>Aborts the session as the server does at the end of the grace period.</summary>
    public Task AbortAsync() => _aborted.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _aborted.CancelAsync();
        await Ended.WaitAsync(Patience);
        _aborted.Dispose();
    }

    private static PipeOptions Options(long pause) => new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false,
        pauseWriterThreshold: pause, resumeWriterThreshold: pause / 2);

    private async Task RunAsync()
    {
        try
        {
            await Session.RunAsync(_aborted.Token);
        }
        catch (OperationCanceledException) when (_aborted.IsCancellationRequested)
        {
            // As in the server: an aborted session ends without a reply.
        }
        finally
        {
            await Session.DisposeAsync();
            await _fromSession.Writer.CompleteAsync();
            await _toSession.Reader.CompleteAsync();
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
