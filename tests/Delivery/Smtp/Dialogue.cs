using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>
/// A scripted server for the client: what it expects to be told, and what it answers. Answers are delivered whole, line by line or octet by octet. It
/// holds the client to its turn: what was not expected fails the test.
/// </summary>
internal sealed class Dialogue
{
    private readonly Pipe _toClient = new();
    private readonly Pipe _toServer = new();
    private readonly int _pieces;
    private readonly Task _server;
    private readonly CancellationTokenSource _ended = new();

    /// <param name="pieces">0: answers whole; 1: line by line; 2: octet by octet.</param>
    /// <param name="script">Lines that begin with <c>C:</c> are expected of the client, those with <c>S:</c> said by the server. <c>C: *DATA*</c> takes
    /// content up to its end, <c>S: *DROP*</c> closes, <c>S: *HANG*</c> says nothing for ever.</param>
    public Dialogue(int pieces, params string[] script)
    {
        _pieces = pieces;
        Channel = new SmtpChannel(new Duplex(_toClient.Reader, _toServer.Writer), Time);
        _server = Task.Run(() => ServeAsync(script));
    }

    public FakeTimeProvider Time { get; } = new();

    public SmtpChannel Channel { get; }

    public DeliveryOptions Options { get; init; } = new();

    public static SpooledPart Part(int recipients = 1, string content = "Subject: x\r\n\r\nbody\r\n", bool isEightBit = false) => new(
        new PartId(MessageId.FromHalves(1, 1), QueueKey.FromTrusted("default:b.test")),
        DateTimeOffset.UnixEpoch,
        new MessageEnvelope { ReversePath = Mailbox.Parse("from@a.test"), HasEightBitContent = isEightBit, Size = content.Length },
        new PartEnvelope([.. Enumerable.Range(0, recipients).Select(i => Mailbox.Parse($"r{i}@b.test"))]),
        new MessageContent(Encoding.Latin1.GetBytes(content)));

    public async Task<ConnectResult> ConnectAsync()
    {
        using var connector = new SmtpConnector("client.test", Options, Time, NullLogger<SmtpConnector>.Instance);
        return await connector.GreetAsync("mx.b.test[192.0.2.1]:25", Channel, () => default).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async Task<ISiteConnection> ConnectedAsync() => Assert.IsType<ConnectResult.Connected>(await ConnectAsync()).Connection;

    /// <summary>Moves the clock on until a task is done.</summary>
    public async Task<T> WaitAsync<T>(Task<T> task)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!task.IsCompleted)
        {
            limit.Token.ThrowIfCancellationRequested();
            Time.Advance(TimeSpan.FromSeconds(10));
            await Task.WhenAny(task, Task.Delay(1, limit.Token));
        }

        return await task;
    }

    /// <summary>Ends the dialogue; fails if the script was not played to its end.</summary>
    public async Task EndAsync()
    {
        if (await Task.WhenAny(_server, Task.Delay(TimeSpan.FromSeconds(10))) != _server) await _ended.CancelAsync();
        await _server;
    }

    private async Task ServeAsync(string[] script)
    {
        foreach (var step in script)
        {
            var text = step[3..];
            if (step[0] == 'S') await SayAsync(text);
            else if (text == "*DATA*") await ReadContentAsync();
            else Assert.Equal(text, await ReadLineAsync());
        }
    }

    private async Task SayAsync(string text)
    {
        if (text == "*DROP*")
        {
            await _toClient.Writer.CompleteAsync();
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
