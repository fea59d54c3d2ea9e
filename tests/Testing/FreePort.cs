using System.Net;
using System.Net.Sockets;

namespace Postfleet.Testing;

/// <summary>
/// Finds ports for programs that cannot bind port 0. Another process may take the port first, so callers must try again with another port.
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
                // Another process uses the UDP port. The next ephemeral port differs.
            }
        }
    }
}
