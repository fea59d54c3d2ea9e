using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace Postfleet.Tools.Loading;

/// <summary>One connection to the server: octets out, reply codes in.</summary>
internal sealed class SourceConnection : IDisposable
{
    public static readonly ReadOnlyMemory<byte> Hello = "EHLO load.bench.test\r\n"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> Reset = "RSET\r\n"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> Quit = "QUIT\r\n"u8.ToArray();

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _input = new byte[8 * 1024];
    private int _start;
    private int _end;
    private int _lineStart;
    private int _lineLength;

    /// <summary>Code of the last reply.</summary>
    public int LastCode { get; private set; }

    /// <summary>Text of the last reply's last line.</summary>
    public string LastReply => Encoding.ASCII.GetString(_input, _lineStart, _lineLength).TrimEnd();

    public ValueTask ConnectAsync(int port) => _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), CancellationToken.None);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        while (octets.Length > 0) octets = octets[await _socket.SendAsync(octets)..];
    }

    /// <summary>Reads a reply of one or more lines and returns its code.</summary>
    /// <exception cref="SocketException">The connection has ended, or the input is not a reply.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReplyAsync()
    {
        while (true)
        {
            while (_input.AsSpan(_start, _end - _start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                (_lineStart, _lineLength) = (_start, length);
                _start += length + 1;
                if (length < 4) throw new SocketException((int)SocketError.ProtocolNotSupported);
                if (_input[_lineStart + 3] == '-') continue;
                return LastCode = (_input[_lineStart] - '0') * 100 + (_input[_lineStart + 1] - '0') * 10 + (_input[_lineStart + 2] - '0');
            }

            if (_start > 0) _input.AsSpan(_start, _end - _start).CopyTo(_input);
            (_start, _end) = (0, _end - _start);
            var received = await _socket.ReceiveAsync(_input.AsMemory(_end));
            if (received == 0) throw new SocketException((int)SocketError.ConnectionReset);
            _end += received;
        }
    }

    public void Dispose() => _socket.Dispose();
}
