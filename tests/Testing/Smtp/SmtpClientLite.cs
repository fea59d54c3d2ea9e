using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postfleet.Testing;

/// <summary>A small SMTP client that sends the octets of a test unchanged and reads replies.</summary>
public sealed class SmtpClientLite : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _input = new byte[16 * 1024];
    private int _start;
    private int _end;

    private SmtpClientLite(Socket socket) => _socket = socket;

    /// <summary>Connects, and reads the greeting into <see cref="Greeting"/>.</summary>
    public static async Task<SmtpClientLite> ConnectAsync(IPEndPoint server, CancellationToken cancellation = default)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var client = new SmtpClientLite(socket);
        try
        {
            await socket.ConnectAsync(server, cancellation);
            client.Greeting = await client.ReadReplyAsync(cancellation);
            return client;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The address of the server; null when the connection is closed.</summary>
    public EndPoint? Server => _socket.RemoteEndPoint;

    /// <summary>The first reply.</summary>
    public SmtpReply Greeting { get; private set; }

    /// <summary>Sends a command line (CRLF is added) and reads the reply.</summary>
    public async Task<SmtpReply> CommandAsync(string line, CancellationToken cancellation = default)
    {
        await SendAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellation);
        return await ReadReplyAsync(cancellation);
    }

    /// <summary>One transaction; MAIL, RCPT and DATA go out as one pipelined group (RFC 2920).</summary>
    /// <param name="sender">The reverse-path without brackets.</param>
    /// <param name="recipients">The forward-paths without brackets.</param>
    /// <param name="content">The content before stuffing; must end in CRLF unless empty.</param>
    /// <param name="mailParameters">Appended to MAIL FROM, for example <c>BODY=8BITMIME</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The first negative reply, or the reply to the final dot.</returns>
    public async Task<SmtpReply> SendMessageAsync(
        string sender,
        IReadOnlyCollection<string> recipients,
        ReadOnlyMemory<byte> content,
        string mailParameters = "",
        CancellationToken cancellation = default)
    {
        var group = new StringBuilder($"MAIL FROM:<{sender}>{(mailParameters.Length == 0 ? "" : " " + mailParameters)}\r\n");
        foreach (var recipient in recipients)
        {
            group.Append(CultureInfo.InvariantCulture, $"RCPT TO:<{recipient}>\r\n");
        }

        await SendAsync(Encoding.UTF8.GetBytes(group.Append("DATA\r\n").ToString()), cancellation);
        SmtpReply? refused = null;
        SmtpReply last = default;
        for (var i = 0; i < recipients.Count + 2; i++)
        {
            last = await ReadReplyAsync(cancellation);
            refused ??= last.IsPositive ? null : last;
            if (last.Code == 421)
            {
                // The server closes the connection after 421 (RFC 5321 section 3.8), so no reply follows.
                return last;
            }
        }

        if (last.Code != 354)
        {
            return refused ?? last;
        }

        await SendAsync(DotUnstuffer.Stuff(content.Span), cancellation);
        last = await ReadReplyAsync(cancellation);
        return refused ?? last;
    }

    /// <summary>Sends octets as they are.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation = default)
    {
        while (!octets.IsEmpty)
        {
            octets = octets[await _socket.SendAsync(octets, cancellation)..];
        }
    }

    /// <summary>Reads one reply, with all its lines.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public async Task<SmtpReply> ReadReplyAsync(CancellationToken cancellation = default)
    {
        string? text = null;
        while (true)
        {
            var line = await ReadLineAsync(cancellation);
            var rest = line.Length > 4 ? line[4..] : "";
            text = text is null ? rest : $"{text}\n{rest}";
            if (line.Length < 4 || line[3] == ' ')
            {
                return new SmtpReply(int.Parse(line.AsSpan(0, 3), CultureInfo.InvariantCulture), text);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async ValueTask<string> ReadLineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var end = _input.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                var line = Encoding.UTF8.GetString(_input, _start, end);
                _start += end + 2;
                return line;
            }

            _input.AsSpan(_start, _end - _start).CopyTo(_input);
            (_start, _end) = (0, _end - _start);
            var read = await _socket.ReceiveAsync(_input.AsMemory(_end), cancellation);
            if (read == 0)
            {
                throw new EndOfStreamException("the server closed the connection");
            }

            _end += read;
        }
    }
}
