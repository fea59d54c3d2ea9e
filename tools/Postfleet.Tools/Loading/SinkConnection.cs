using System.Buffers.Text;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Postfleet.Tools.Loading;

/// <summary>
/// One connection of the sink: a loop over an input and an output buffer. Content is searched for its mark and its end, counted and
/// discarded.
/// </summary>
internal sealed class SinkConnection(Socket socket, Sink sink)
{
    private const int MaxRecipients = 1000;

    private readonly byte[] _input = new byte[64 * 1024];
    private readonly byte[] _output = new byte[8 * 1024];
    private readonly byte[] _mark = new byte[Ledger.MarkLength];
    private readonly List<int> _recipients = [];
    private int _start;
    private int _end;
    private int _replies;
    private int _markLength;
    private long _octets;
    private bool _inContent;
    private bool _isHeaderRead;
    private bool _isClosing;

    private static ReadOnlySpan<byte> End => "\r\n.\r\n"u8;

    public async Task RunAsync()
    {
        // A socket error ends this connection only.
        try
        {
            Reply("220 sink.bench.test ESMTP\r\n"u8);
            while (true)
            {
                if (_replies > 0) await FlushAsync();
                if (_isClosing) break;
                CompactInput();
                var received = await socket.ReceiveAsync(_input.AsMemory(_end));
                if (received == 0) break;
                _end += received;
                while (_inContent ? ReadContent() : ReadCommand())
                {
                    if (_replies > _output.Length / 2) await FlushAsync();
                }
            }
        }
        catch (SocketException)
        {
        }
        finally
        {
            socket.Dispose();
        }
    }

    private async ValueTask FlushAsync()
    {
        for (var sent = 0; sent < _replies;) sent += await socket.SendAsync(_output.AsMemory(sent, _replies - sent));
        _replies = 0;
    }

    private void CompactInput()
    {
        if (_start == 0) return;
        if (_start < _end) _input.AsSpan(_start, _end - _start).CopyTo(_input);
        (_start, _end) = (0, _end - _start);
    }

    private bool ReadCommand()
    {
        var input = _input.AsSpan(_start, _end - _start);
        var length = input.IndexOf("\r\n"u8) + 2;
        if (length < 2)
        {
            _isClosing = input.Length == _input.Length;
            return false;
        }

        _start += length;
        var line = input[..length];
        if (Is(line, "MAIL"u8)) Begin();
        else if (Is(line, "RCPT"u8)) Recipient(line);
        else if (Is(line, "DATA"u8)) Content();
        else if (Is(line, "RSET"u8)) Begin();
        else if (Is(line, "NOOP"u8)) Reply("250 2.0.0 Ok\r\n"u8);
        else if (Is(line, "HELO"u8)) Reply("250 sink.bench.test\r\n"u8);
        else if (Is(line, "EHLO"u8))
            Reply("250-sink.bench.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 104857600\r\n"u8);
        else if (Is(line, "QUIT"u8)) Quit();
        else Reply("502 5.5.1 Not known here\r\n"u8);
        return !_isClosing;
    }

    private static bool Is(ReadOnlySpan<byte> line, ReadOnlySpan<byte> verb) =>
        line.Length > verb.Length && System.Text.Ascii.EqualsIgnoreCase(line[..verb.Length], verb);

    private void Begin()
    {
        _recipients.Clear();
        Reply("250 2.0.0 Ok\r\n"u8);
    }

    private void Recipient(ReadOnlySpan<byte> line)
    {
        if (_recipients.Count == MaxRecipients)
        {
            Reply("452 4.5.3 Too many recipients\r\n"u8);
            return;
        }

        _recipients.Add(NumberIn(line));
        Reply("250 2.1.5 Ok\r\n"u8);
    }

    // Negative for a foreign address.
    private static int NumberIn(ReadOnlySpan<byte> line)
    {
        if (!Is(line, Envelope.Recipient)) return -1;
        var rest = line[Envelope.Recipient.Length..];
        return Utf8Parser.TryParse(rest, out int number, out var digits) && rest[digits] == '.' ? number : -1;
    }

    private void Content()
    {
        if (_recipients.Count == 0)
        {
            Reply("503 5.5.1 No recipients\r\n"u8);
            return;
        }

        // The CRLF of the command stays in the buffer: mark and end are also found in the first line.
        _start -= 2;
        (_inContent, _isHeaderRead, _markLength, _octets) = (true, false, 0, 0);
        Reply("354 Go on\r\n"u8);
    }

    private void Quit()
    {
        _isClosing = true;
        Reply("221 2.0.0 Bye\r\n"u8);
    }

    private bool ReadContent()
    {
        var input = _input.AsSpan(_start, _end - _start);
        var end = input.IndexOf(End);
        if (!_isHeaderRead) ReadHeader(end < 0 ? input : input[..(end + 2)], isWhole: end >= 0 || input.Length == _input.Length);
        if (end < 0)
        {
            // A possible beginning of the end marker stays in the buffer.
            if (_isHeaderRead && input.Length >= End.Length) Consume(input.Length - (End.Length - 1));
            return false;
        }

        // The CRLF before the content counts instead of the CRLF of the last line.
        Consume(end);
        _start += End.Length;
        _inContent = false;
        sink.Ledger?.Arrive(_mark.AsSpan(0, _markLength), CollectionsMarshal.AsSpan(_recipients), _octets);
        _recipients.Clear();
        Reply("250 2.0.0 Ok\r\n"u8);
        return true;
    }

    private void Consume(int octets)
    {
        _start += octets;
        _octets += octets;
    }

    // A mark in a body, as in a bounce with the message, does not count.
    private void ReadHeader(ReadOnlySpan<byte> content, bool isWhole)
    {
        var length = content.IndexOf("\r\n\r\n"u8);
        if (length < 0 && !isWhole) return;
        _isHeaderRead = true;
        var header = length < 0 ? content : content[..length];
        var at = header.IndexOf(Ledger.Marker);
        if (at < 0 || header.Length < at + Ledger.Marker.Length + Ledger.MarkLength) return;
        header.Slice(at + Ledger.Marker.Length, Ledger.MarkLength).CopyTo(_mark);
        _markLength = Ledger.MarkLength;
    }

    private void Reply(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_output.AsSpan(_replies));
        _replies += text.Length;
    }
}
