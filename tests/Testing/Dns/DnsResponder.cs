using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Postfleet.Testing;

/// <summary>
/// A DNS server whose answers a test provides octet by octet, for answers that no real server gives. It serves UDP and TCP on one loopback
/// port.
/// </summary>
public sealed class DnsResponder : IDisposable
{
    private readonly Func<DnsQuery, IEnumerable<byte[]>> _answer;
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly ConcurrentQueue<DnsQuery> _queries = new();

    /// <summary>Starts to serve.</summary>
    /// <param name="answer">Returns the messages to send for a query, in order; empty for no answer. Called for many queries at
    /// once.</param>
    public DnsResponder(Func<DnsQuery, IEnumerable<byte[]>> answer)
    {
        _answer = answer;
        (_udp, _tcp) = Bind();
        _ = ServeUdpAsync();
        _ = ServeTcpAsync();
    }

    /// <summary>The endpoint of the server.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_udp.LocalEndPoint!;

    /// <summary>The queries received so far.</summary>
    public IReadOnlyCollection<DnsQuery> Queries => _queries;

    /// <inheritdoc/>
    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    private static (Socket Udp, Socket Tcp) Bind()
    {
        while (true)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                tcp.Bind(udp.LocalEndPoint!);
                tcp.Listen();
                return (udp, tcp);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var query = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                foreach (var message in Answer(new DnsQuery(buffer[..query.ReceivedBytes], IsTcp: false)))
                    await _udp.SendToAsync(message, query.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Disposed with its test.
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true) _ = ServeTcpAsync(await _tcp.AcceptAsync());
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Disposed with its test.
        }
    }

    private async Task ServeTcpAsync(Socket client)
    {
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            var length = new byte[2];
            while (true)
            {
                await stream.ReadExactlyAsync(length);
                var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query);
                foreach (var message in Answer(new DnsQuery(query, IsTcp: true)))
                {
                    BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)message.Length);
                    await stream.WriteAsync((byte[])[.. length, .. message]);
                }
            }
        }
        catch (IOException)
        {
            // The client has gone.
        }
    }

    private IEnumerable<byte[]> Answer(DnsQuery query)
    {
        _queries.Enqueue(query);
        return _answer(query);
    }
}
