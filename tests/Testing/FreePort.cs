using System.Net;
using System.Net.Sockets;

namespace Postfleet.Testing;

/// <summary>
/// Ports for programs that cannot bind port 0 and tell what they got. Another process may take the port before the program does:
/// whoever uses one must be ready to try again with the next.
/// </summary>
public static class FreePort
{
    /// <summary>A TCP port that is free on every loopback address at this moment.</summary>
    public static int Tcp()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>A port that is free for both UDP and TCP at this moment (a DNS server needs both).</summary>
    public static int UdpAndTcp()
    {
        while (true)
        {
            var port = Tcp();
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                udp.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Taken for UDP by someone else: the next ephemeral port will differ.
            }
        }
    }
}
