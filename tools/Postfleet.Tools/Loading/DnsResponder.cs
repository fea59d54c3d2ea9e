using System.Net;
using System.Net.Sockets;

namespace Postfleet.Tools.Loading;

/// <summary>Answers DNS queries on 127.0.0.1 one after another, with answers of <see cref="DnsAnswer"/>.</summary>
internal sealed class DnsResponder(int sites) : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private int _queries;

    /// <summary>Queries since the start.</summary>
    public int Queries => Volatile.Read(ref _queries);

    /// <summary>Starts to answer queries.</summary>
    /// <param name="port">The port; 0 for any free port.</param>
    /// <returns>The port.</returns>
    /// <exception cref="SocketException">The port is taken.</exception>
    public int Start(int port)
    {
        _socket.ReceiveBufferSize = 4 * 1024 * 1024;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _ = AnswerAsync();
        return ((IPEndPoint)_socket.LocalEndPoint!).Port;
    }

    public void Dispose() => _socket.Dispose();

    private async Task AnswerAsync()
    {
        var query = new byte[1500];
        var answer = new byte[1500];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        while (true)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(query, SocketFlags.None, from);
                _queries++;
                var length = DnsAnswer.Write(query.AsSpan(0, received), answer, sites);
                if (length > 0) await _socket.SendToAsync(answer.AsMemory(0, length), SocketFlags.None, from);
            }
            catch (SocketException e) when (e.SocketErrorCode is not SocketError.OperationAborted)
            {
                // The client of the last answer has closed its port.
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }
}
