using System.Net.Sockets;
using System.Text;

namespace Postfleet.Testing;

/// <summary>The buffers of one connection of a <see cref="SmtpSink"/>. Replies are sent when all input has been read.</summary>
internal sealed class SinkChannel(Socket socket)
{
    private readonly byte[] _input = new byte[64 * 1024];
    private readonly StringBuilder _replies = new();
    private int _start;
    private int _end;

    /// <summary>Received octets that are not consumed.</summary>
    public ReadOnlySpan<byte> Unread => _input.AsSpan(_start, _end - _start);

    /// <summary>Consumes octets of <see cref="Unread"/>.</summary>
    public void Consume(int octets) => _start += octets;

    /// <summary>Adds a reply, without its last CRLF, to the replies to send.</summary>
    public void Write(string reply) => _replies.Append(reply).Append("\r\n");

    /// <summary>Sends all replies.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        if (_replies.Length == 0) return;
        var bytes = Replies();
        for (var sent = 0; sent < bytes.Length;) sent += await socket.SendAsync(bytes.AsMemory(sent), cancellation);
    }

    /// <summary>Sends all replies byte by byte.</summary>
    public async Task FlushSlowlyAsync(TimeSpan pause, CancellationToken cancellation)
    {
        var bytes = Replies();
        for (var i = 0; i < bytes.Length; i++)
        {
            await socket.SendAsync(bytes.AsMemory(i, 1), cancellation);
            await Task.Delay(pause, cancellation);
        }
    }

    /// <summary>Reads a line without its CRLF; null at the end of the connection.</summary>
    public async ValueTask<string?> ReadLineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var end = Unread.IndexOf("\r\n"u8);
            if (end >= 0)
            {
                var line = Encoding.UTF8.GetString(Unread[..end]);
                Consume(end + 2);
                return line;
            }

            if (!await FillAsync(cancellation)) return null;
        }
    }

    /// <summary>Sends all replies and receives more input; false at the end of the connection.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        // One packet answers a pipelined group.
        await FlushAsync(cancellation);
        if (_start > 0)
        {
            Unread.CopyTo(_input);
            (_start, _end) = (0, _end - _start);
        }

        var read = await socket.ReceiveAsync(_input.AsMemory(_end), cancellation);
        _end += read;
        return read > 0;
    }

    private byte[] Replies()
    {
        var bytes = Encoding.UTF8.GetBytes(_replies.ToString());
        _replies.Clear();
        return bytes;
    }
}
