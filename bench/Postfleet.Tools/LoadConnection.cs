using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postfleet.Tools;

/// <summary>One connection to the server. Whatever it says that a load does not want to hear ends the run.</summary>
internal sealed class LoadConnection
{
    private readonly Socket _socket;
    private readonly byte[] _input = new byte[16 * 1024];
    private int _length;

    private LoadConnection(Socket socket) => _socket = socket;

    public static async Task<LoadConnection> OpenAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var connection = new LoadConnection(socket);
        await connection.ReadAsync("220");
        await connection.SendAsync("EHLO load.test\r\n");
        await connection.ReadAsync("250");
        return connection;
    }

    /// <summary>Sends MAIL, RCPT and DATA in one piece and waits for their replies.</summary>
    public async Task SendEnvelopeAsync(string commands)
    {
        await SendAsync(commands);
        for (var replies = commands.Count(c => c == '\n'); replies > 1; replies--) await ReadAsync("250");
        await ReadAsync("354");
    }

    public async Task SendContentAsync(ReadOnlyMemory<byte> content)
    {
        await SendAsync(content);
        await ReadAsync("250");
    }

    public async Task QuitAsync()
    {
        await SendAsync("QUIT\r\n");
        await ReadAsync("221");
        _socket.Dispose();
    }

    private Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    private async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        while (octets.Length > 0) octets = octets[await _socket.SendAsync(octets)..];
    }

    // Takes one reply of one or more lines.
    private async Task ReadAsync(string code)
    {
        while (true)
        {
            for (var start = 0; _input.AsSpan(start, _length - start).IndexOf((byte)'\n') is >= 0 and var end; start += end + 1)
            {
                if (_input[start + 3] == '-') continue;
                var reply = Encoding.ASCII.GetString(_input, start, end);
                _length -= start + end + 1;
                Array.Copy(_input, start + end + 1, _input, 0, _length);
                Check(reply, code);
                return;
            }

            var received = await _socket.ReceiveAsync(_input.AsMemory(_length));
            if (received == 0) throw new IOException("the server has closed the connection");
            _length += received;
        }
    }

    private static void Check(string reply, string code)
    {
        if (!reply.StartsWith(code, StringComparison.Ordinal)) throw new IOException($"{code} was expected, and not: {reply.TrimEnd()}");
    }
}
