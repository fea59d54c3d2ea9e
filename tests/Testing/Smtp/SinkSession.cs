using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postfleet.Testing;

/// <summary>One session of a <see cref="SmtpSink"/>: it reads commands, asks the script, replies and records accepted messages.</summary>
internal sealed class SinkSession(SmtpSink sink, Socket socket, int number)
{
    private readonly SinkChannel _channel = new(socket);
    private readonly ArrayBufferWriter<byte> _content = new(8 * 1024);
    private readonly List<string> _recipients = [];
    // Kept, since a socket that was closed has none.
    private readonly EndPoint? _peer = socket.RemoteEndPoint;
    private readonly ConcurrentQueue<string>? _commands = sink.Options.KeepCommands ? sink.NewCommands(number) : null;
    private int _transaction;
    private int _isCounted = 1;
    private bool _hasMail;
    private string _client = "";
    private string _reversePath = "";
    private string _mailParameters = "";

    /// <summary>
    /// The connection counts no longer. The client may open another one as soon as it has the reply to QUIT, before this side is closed.
    /// </summary>
    public void Uncount()
    {
        if (Interlocked.Exchange(ref _isCounted, 0) == 1) sink.Uncount(_peer);
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        socket.NoDelay = true;
        var open = await ActAsync(SinkStage.Connect, "", "220 sink.test ESMTP", cancellation) is not null;
        while (open && await _channel.ReadLineAsync(cancellation) is { } line)
        {
            _commands?.Enqueue(line);
            open = await ObeyAsync(line, cancellation);
        }
    }

    private async ValueTask<bool> ObeyAsync(string line, CancellationToken cancellation)
    {
        var verb = line.Split(' ', 2)[0].ToUpperInvariant();
        switch (verb)
        {
            case "EHLO":
                Greet(line);
                return await ActAsync(SinkStage.Hello, line, Hello(), cancellation) is not null;
            case "HELO":
                Greet(line);
                return await ActAsync(SinkStage.Hello, line, "250 sink.test", cancellation) is not null;
            case "MAIL":
                _transaction++;
                var mail = await ActAsync(SinkStage.Mail, line, "250 2.1.0 ok", cancellation);
                if (mail is { Succeeds: true })
                {
                    Reset();
                    _hasMail = true;
                    (_reversePath, _mailParameters) = Path(line);
                }

                return mail is not null;
            case "RCPT" when !_hasMail:
                return await ActAsync(SinkStage.Recipient, line, "503 5.5.1 no MAIL before it", cancellation) is not null;
            case "RCPT":
                var recipient = await ActAsync(SinkStage.Recipient, line, "250 2.1.5 ok", cancellation);
                if (recipient is { Succeeds: true })
                {
                    _recipients.Add(Path(line).Path);
                }

                return recipient is not null;
            case "DATA" when _recipients.Count == 0:
                return await ActAsync(SinkStage.Data, line, "554 5.5.1 no valid recipients", cancellation) is not null;
            case "DATA":
                return await ReceiveAsync(line, cancellation);
            case "RSET":
                Reset();
                return await ActAsync(SinkStage.Reset, line, "250 2.0.0 ok", cancellation) is not null;
            case "QUIT":
                Uncount();
                if (await ActAsync(SinkStage.Quit, line, "221 2.0.0 bye", cancellation) is not null)
                {
                    await _channel.FlushAsync(cancellation);
                }

                return false;
            default:
                return await ActAsync(SinkStage.Other, line, verb == "NOOP" ? "250 2.0.0 ok"
                    : "502 5.5.1 unknown", cancellation) is not null;
        }
    }

    private async ValueTask<bool> ReceiveAsync(string line, CancellationToken cancellation)
    {
        var start = await ActAsync(SinkStage.Data, line, "354 go on", cancellation);
        if (start is null or { Succeeds: false })
        {
            return start is not null;
        }

        _content.ResetWrittenCount();
        var unstuffer = new DotUnstuffer();
        var octets = 0;
        while (true)
        {
            var ended = unstuffer.Feed(_channel.Unread, _content, out var consumed);
            _channel.Consume(consumed);
            octets += consumed;
            if (octets >= start.DropAfter)
            {
                return false;
            }

            if (ended)
            {
                break;
            }

            if (!await _channel.FillAsync(cancellation))
            {
                return false;
            }
        }

        var message = Message();
        var end = Ask(SinkStage.EndOfData, "");
        if (end.Succeeds)
        {
            sink.Record(message);
        }

        Reset();
        return await PerformAsync(end, "250 2.0.0 taken", cancellation);
    }

    private SinkMessage Message()
    {
        var content = _content.WrittenSpan;
        var trace = MessageContent.TraceLength(content);
        return new SinkMessage(
            MessageContent.Header(content, sink.Options.IdHeader) ?? "",
            _reversePath,
            _mailParameters,
            [.. _recipients],
            MessageContent.Hash(content[trace..]),
            content.Length - trace,
            Encoding.UTF8.GetString(content[..trace]),
            DateTimeOffset.UtcNow,
            number,
            _client,
            sink.Options.KeepContent ? content.ToArray() : null)
        {
            Peer = (_peer as IPEndPoint)?.Address,
        };
    }

    private void Greet(string line)
    {
        Reset();
        _client = line.Split(' ', 2) is [_, var name] ? name.Trim() : "";
    }

    private string Hello()
    {
        List<string> lines = ["sink.test", "ENHANCEDSTATUSCODES"];
        if (sink.Options.Pipelining)
        {
            lines.Add("PIPELINING");
        }

        if (sink.Options.EightBitMime)
        {
            lines.Add("8BITMIME");
        }

        lines.Add(sink.Options.Size == 0 ? "SIZE" : $"SIZE {sink.Options.Size}");
        return string.Join("\r\n", lines.Select((line, i) => (i == lines.Count - 1 ? "250 " : "250-") + line));
    }

    private static (string Path, string Parameters) Path(string line)
    {
        var open = line.IndexOf('<', StringComparison.Ordinal);
        var close = line.IndexOf('>', StringComparison.Ordinal);
        return open < 0 || close < open ? ("", "") : (line[(open + 1)..close], line[(close + 1)..].Trim());
    }

    private void Reset()
    {
        _recipients.Clear();
        _hasMail = false;
        _reversePath = _mailParameters = "";
    }

    private SinkAction Ask(SinkStage stage, string line) => sink.Script(new SinkStep(stage, number, _transaction, line));

    // Null when the connection must be closed.
    private async ValueTask<SinkAction?> ActAsync(SinkStage stage, string line, string usual, CancellationToken cancellation)
    {
        var action = Ask(stage, line);
        return await PerformAsync(action, usual, cancellation) ? action : null;
    }

    private async ValueTask<bool> PerformAsync(SinkAction action, string usual, CancellationToken cancellation)
    {
        if (action.Delay > TimeSpan.Zero)
        {
            await _channel.FlushAsync(cancellation);
            await Task.Delay(action.Delay, cancellation);
        }

        if (action.Hangs)
        {
            await _channel.FlushAsync(cancellation);
            do _channel.Consume(_channel.Unread.Length);
            while (await _channel.FillAsync(cancellation));
            return false;
        }

        var text = action.Text ?? (action.Closes ? null : usual);
        if (text is not null)
        {
            _channel.Write(text);
        }

        if (action.BytePause > TimeSpan.Zero)
        {
            await _channel.FlushSlowlyAsync(action.BytePause, cancellation);
        }

        if (action.Closes)
        {
            await _channel.FlushAsync(cancellation);
        }

        return !action.Closes;
    }
}
