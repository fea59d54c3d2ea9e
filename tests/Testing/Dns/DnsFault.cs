using System.Net;
using System.Net.Sockets;

namespace Postfleet.Testing;

/// <summary>A DNS server that answers SERVFAIL or not at all. dnsmasq forwards the queries of failing domains to it.</summary>
internal sealed class DnsFault : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public DnsFault(bool answers)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (answers)
        {
            _ = AnswerAsync();
        }
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();

    private async Task AnswerAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var query = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                // RFC 1035 section 4.1.1: QR and RA set, RCODE 2, the question unchanged.
                buffer[2] |= 0x80;
                buffer[3] = 0x80 | 2;
                await _socket.SendToAsync(buffer.AsMemory(0, query.ReceivedBytes), query.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Disposed with its dnsmasq.
        }
    }
}
