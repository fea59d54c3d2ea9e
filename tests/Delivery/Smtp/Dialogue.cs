using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>
/// A scripted server for the client under test: the expected commands and the replies. Replies are delivered whole, line by line or octet
/// by octet. An unexpected command fails the test.
/// </summary>
internal sealed class Dialogue : ITransport
{
    private readonly Pipe _toClient = new();
    private readonly Pipe _toServer = new();
    private readonly int _pieces;
    private readonly string[] _script;
    private Task _server = Task.CompletedTask;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="pieces">0: replies whole; 1: line by line; 2: octet by octet.</param>
    /// <param name="script">Lines with <c>C:</c> are expected of the client, lines with <c>S:</c> are sent by the server. <c>C: *DATA*</c>
    /// reads content up to its end, <c>C: *PART*</c> a single line of content, <c>C: *REST*</c> all input until the client closes, without
    /// an end of content, and <c>C: *GONE*</c> expects the client to close without further input. <c>S: *DROP*</c> closes, <c>S:
    /// *RESET*</c> breaks the connection, <c>S: *HANG*</c> never replies, <c>S: *DEAF*</c> stops reading. <c>!: name</c> runs the test's
    /// action of this name.</param>
    public Dialogue(int pieces, params string[] script)
    {
        (_pieces, _script) = (pieces, script);
        Pipe = new Duplex(_toClient.Reader, _toServer.Writer);
    }

    public FakeTimeProvider Time { get; } = new();

    public IDuplexPipe Pipe { get; }

    public (string Remote, string Local) Addresses => ("192.0.2.1", "192.0.2.2");

    public Egress Egress { get; init; } = Egress.Default;

    public ILogger Logger { get; init; } = NullLogger.Instance;

    public DeliveryOptions Options { get; init; } = new();

    /// <summary>The action of <c>!: name</c> lines; the name is only a label.</summary>
    public Func<Task> Do { get; init; } = () => throw new InvalidOperationException("nothing is set to be done");

    public static SpooledPart Part(int recipients = 1, string content = "Subject: x\r\n\r\nbody\r\n", bool isEightBit = false) => new(
        new PartId(MessageId.FromHalves(1, 1), QueueKey.FromTrusted("default:b.test")),
        DateTimeOffset.UnixEpoch,
        new MessageEnvelope { ReversePath = Mailbox.Parse("from@a.test"), HasEightBitContent = isEightBit, Size = content.Length },
        new PartEnvelope([.. Enumerable.Range(0, recipients).Select(i => Mailbox.Parse($"r{i}@b.test"))]),
        new MessageContent(Encoding.Latin1.GetBytes(content)));

    public async Task<ConnectResult> ConnectAsync(CancellationToken cancellationToken = default)
    {
        _server = Task.Run(ServeAsync, CancellationToken.None);
        var connector = new SmtpConnector("client.test", Options, new TlsClient([]), Time, Logger);
        return await connector.GreetAsync("mx.b.test", "mx.b.test[192.0.2.1]:25", this, Egress, TlsState.Wanted, cancellationToken).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    public async Task<ISiteConnection> ConnectedAsync() => Assert.IsType<ConnectResult.Connected>(await ConnectAsync()).Connection;

    /// <summary>Whether the connection was closed; null while it is open, true when it was reset.</summary>
    public bool? IsAborted { get; private set; }

    /// <summary>Advances the clock until a task completes.</summary>
    public Task<T> WaitAsync<T>(Task<T> task) => Time.RunAsync(task, TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(1));

    /// <summary>Ends the dialogue; fails if the script was not completed.</summary>
    public async Task EndAsync()
    {
        if (await Task.WhenAny(_server, Task.Delay(TimeSpan.FromSeconds(10))) != _server) await _ended.CancelAsync();
        await _server;
    }

    ValueTask<TlsFacts> ITransport.SecureAsync(TlsClient tls, string host, TlsMode mode, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("no TLS over pipes in memory");

    public void Close(bool isAbort)
    {
        IsAborted = isAbort;
        _toServer.Writer.Complete();
        _closed.TrySetResult();
    }

    private async Task ServeAsync()
    {
        try
        {
            foreach (var step in _script) await PlayAsync(step[0], step[3..]);
        }
        catch (Exception e)
        {
            // Otherwise the client would wait for ever for replies.
            await _toClient.Writer.CompleteAsync(new IOException("the script has failed", e));
            throw;
        }
    }

    private async Task PlayAsync(char who, string text)
    {
        if (who == 'S') await SayAsync(text);
        else if (who == '!') await Do();
        else if (text == "*PART*") await ReadLineAsync();
        else if (text == "*REST*") await ReadRestAsync();
        else if (text == "*GONE*") await ReadToCloseAsync();
        else if (text == "*DATA*") await ReadContentAsync();
        else Assert.Equal(text, await ReadLineAsync());
    }

    private async Task SayAsync(string text)
    {
        if (text == "*DROP*")
        {
            await _toClient.Writer.CompleteAsync();
            return;
        }

        if (text == "*RESET*")
        {
            await _toClient.Writer.CompleteAsync(new IOException("connection reset"));
            return;
        }

        if (text == "*DEAF*")
        {
            await _toServer.Reader.CompleteAsync();
            return;
        }

        if (text == "*HANG*") return;
        foreach (var line in text.Split('|').Select(line => Encoding.ASCII.GetBytes(line + "\r\n")))
        {
            foreach (var piece in _pieces == 2 ? line.Chunk(1) : [line])
            {
                _toClient.Writer.Write(piece);
                if (_pieces > 0) await _toClient.Writer.FlushAsync();
            }
        }

        await _toClient.Writer.FlushAsync();
    }

    private async Task<string> ReadLineAsync()
    {
        while (true)
        {
            var read = await _toServer.Reader.ReadAsync(_ended.Token);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                _toServer.Reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            _toServer.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            Assert.False(read.IsCompleted, "the client has gone before the end of the script");
        }
    }

    private async Task ReadToCloseAsync()
    {
        // The script reads nothing at this point: a client waiting for a read must not wait for ever.
        await _closed.Task.WaitAsync(_ended.Token);
        await ReadRestAsync();
    }

    private async Task ReadRestAsync()
    {
        var left = new MemoryStream();
        await _toServer.Reader.AsStream().CopyToAsync(left, _ended.Token);
        var text = Encoding.Latin1.GetString(left.ToArray());
        Assert.False(text == ".\r\n" || text.Contains("\n.\r\n", StringComparison.Ordinal), "the client has ended its content");
    }

    private async Task ReadContentAsync()
    {
        while (await ReadLineAsync() != ".")
        {
        }
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
