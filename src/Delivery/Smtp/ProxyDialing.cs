using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// Connects through a proxy of a source: SOCKS version 5 (RFC 1928, CONNECT without authentication), or a header of the PROXY protocol,
/// version 2, for HAProxy. Called by <see cref="Dialer"/> within its time limit. Stateless.
/// </summary>
internal static class ProxyDialing
{
    // The longest answer has a name of 255 octets (RFC 1928 section 6).
    private const int MaxAnswer = 4 + 1 + 255 + 2;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Opens a socket to a proxy: to the addresses of its name in their order.</summary>
    /// <exception cref="ProxyException">The proxy cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<Socket> ConnectAsync(
        EgressProxy proxy, Func<AddressFamily, Socket> open, CancellationToken cancellationToken)
    {
        SocketException? failure = null;
        foreach (var address in await FindAsync(proxy, cancellationToken))
        {
            var socket = open(address.AddressFamily);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, proxy.Port), cancellationToken);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                failure = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw Unreachable(proxy, failure is null ? "its name has no address" : SocketErrorText.Of(failure.SocketErrorCode));
    }

    /// <summary>Asks the proxy behind an open socket to connect to a host.</summary>
    /// <exception cref="ProxyException">The proxy refuses, or it cannot connect to the host.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask AskAsync(
        Socket socket, EgressProxy proxy, IPEndPoint host, IPAddress? source, CancellationToken cancellationToken)
    {
        try
        {
            if (proxy.Protocol == ProxyProtocol.Haproxy) await SendAsync(socket, Header(host, source), cancellationToken);
            else await AskSocksAsync(socket, proxy, host, cancellationToken);
        }
        catch (SocketException e)
        {
            throw Unreachable(proxy, SocketErrorText.Of(e.SocketErrorCode));
        }
    }

    private static async ValueTask<IPAddress[]> FindAsync(EgressProxy proxy, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(proxy.Host, out var literal)) return [literal];
        try
        {
            // Only this machine may know the name, as of a service in Kubernetes.
            return await System.Net.Dns.GetHostAddressesAsync(proxy.Host, cancellationToken);
        }
        catch (SocketException)
        {
            return [];
        }
    }

    private static async ValueTask AskSocksAsync(Socket socket, EgressProxy proxy, IPEndPoint host, CancellationToken cancellationToken)
    {
        // One method: no authentication (RFC 1928 section 3).
        await SendAsync(socket, new byte[] { 5, 1, 0 }, cancellationToken);
        var answer = new byte[MaxAnswer];
        await ReadAsync(socket, proxy, answer.AsMemory(0, 2), cancellationToken);
        if (answer[0] != 5) throw Unreachable(proxy, "it is no SOCKS5 proxy");
        if (answer[1] != 0) throw Unreachable(proxy, "it wants a password");
        await SendAsync(socket, Request(host), cancellationToken);
        await ReadAsync(socket, proxy, answer.AsMemory(0, 5), cancellationToken);
        if (answer[0] != 5) throw Unreachable(proxy, "it is no SOCKS5 proxy");
        if (answer[1] != 0) throw Refused(proxy, answer[1]);
        // The rest is the address that the proxy connects from, and its port. The first octet of the address is read already.
        var rest = answer[3] switch
        {
            1 => 4 - 1 + 2,
            4 => 16 - 1 + 2,
            3 => answer[4] + 2,
            _ => throw Unreachable(proxy, "its answer has an unknown form"),
        };
        await ReadAsync(socket, proxy, answer.AsMemory(5, rest), cancellationToken);
    }

    private static byte[] Request(IPEndPoint host)
    {
        var address = host.Address.GetAddressBytes();
        var request = new byte[4 + address.Length + 2];
        // CONNECT; the kind of address is 1 for IPv4 and 4 for IPv6.
        (request[0], request[1], request[3]) = (5, 1, (byte)(address.Length == 4 ? 1 : 4));
        address.CopyTo(request, 4);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(4 + address.Length), (ushort)host.Port);
        return request;
    }

    // Version 2, command PROXY; both addresses are of one family.
    private static byte[] Header(IPEndPoint host, IPAddress? source)
    {
        var to = host.Address.GetAddressBytes();
        var from = source?.GetAddressBytes() ?? new byte[to.Length];
        var length = 2 * to.Length + 4;
        var header = new byte[Signature.Length + 4 + length];
        Signature.CopyTo(header);
        (header[12], header[13]) = (0x21, (byte)(to.Length == 4 ? 0x11 : 0x21));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)length);
        from.CopyTo(header, 16);
        to.CopyTo(header, 16 + to.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(header.Length - 2), (ushort)host.Port);
        return header;
    }

    private static async ValueTask SendAsync(Socket socket, ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        while (!octets.IsEmpty) octets = octets[await socket.SendAsync(octets, cancellationToken)..];
    }

    private static async ValueTask ReadAsync(Socket socket, EgressProxy proxy, Memory<byte> octets, CancellationToken cancellationToken)
    {
        while (!octets.IsEmpty)
        {
            var count = await socket.ReceiveAsync(octets, cancellationToken);
            if (count == 0) throw Unreachable(proxy, "it closed the connection");
            octets = octets[count..];
        }
    }

    // RFC 1928 section 6. The proxy itself is at fault, or the host cannot be reached from it.
    private static ProxyException Refused(EgressProxy proxy, byte code) => code switch
    {
        2 => Unreachable(proxy, "its rules do not allow the connection"),
        3 => new($"network is unreachable from {proxy}", isLocal: false),
        4 => new($"no route to host from {proxy}", isLocal: false),
        5 => new($"connection refused, through {proxy}", isLocal: false),
        6 => new($"the connection through {proxy} timed out", isLocal: false),
        8 => Unreachable(proxy, "it does not know the family of the address"),
        _ => new($"{proxy} failed to connect (code {code})", isLocal: false),
    };

    private static ProxyException Unreachable(EgressProxy proxy, string reason) =>
        new($"the proxy {proxy} cannot be used: {reason}", isLocal: true);
}
