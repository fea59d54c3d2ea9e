using System.Net;
using System.Net.Sockets;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// Opens sockets to hosts, bound to a configured source address if the route has one. Thread-safe; one instance serves the node.
/// </summary>
internal sealed class Dialer(TimeSpan limit, TimeProvider time)
{
    /// <summary>The time limit of later connections.</summary>
    internal TimeSpan Limit { get; set; } = limit;

    /// <summary>Creates the socket for an address family; replaced in tests.</summary>
    internal Func<AddressFamily, Socket> NewSocket { get; init; } = family => family == AddressFamily.Unix
        ? new Socket(family, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>One slot for each socket of this node; null if the number of sockets is not limited.</summary>
    internal SemaphoreSlim? Slots { get; init; }

    /// <summary>Connects to an address.</summary>
    /// <param name="endpoint">The address of the host.</param>
    /// <param name="source">The local address, or the address that a proxy connects from; null for any.</param>
    /// <param name="proxy">The proxy through which the connection leaves; null for none.</param>
    /// <param name="limit">The time limit; null for <see cref="Limit"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">The connection failed, the connect timeout expired, or no slot became free in time.</exception>
    /// <exception cref="ProxyException">The proxy cannot be reached, or it could not connect to the host.</exception>
    /// <exception cref="NoSocketException">The token was cancelled before a slot became free.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<SocketTransport> OpenAsync(
        EndPoint endpoint, IPAddress? source, EgressProxy? proxy, TimeSpan? limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit ?? Limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        if (Slots is not null && !await AcquireSlotAsync(linked.Token, cancellationToken))
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        Socket? socket = null;
        try
        {
            if (proxy is not null && endpoint is IPEndPoint host)
            {
                socket = await ProxyDialing.ConnectAsync(proxy, NewSocket, linked.Token);
                await ProxyDialing.AskAsync(socket, proxy, host, source, linked.Token);
                return new SocketTransport(socket, Slots, (host.Address, source));
            }

            socket = NewSocket(endpoint.AddressFamily);
            if (source is not null) socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(endpoint, linked.Token);
            return new SocketTransport(socket, Slots);
        }
        catch (Exception e) when (e is IOException or SocketException { SocketErrorCode: SocketError.NotConnected })
        {
            // The peer closed the connection between connect and the creation of the transport.
            Release(socket);
            throw new SocketException((int)SocketError.ConnectionReset);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Release(socket);
            throw proxy is null ? new SocketException((int)SocketError.TimedOut)
                : new ProxyException($"the connection through {proxy} timed out", isLocal: socket is null);
        }
        catch
        {
            Release(socket);
            throw;
        }
    }

    private async ValueTask<bool> AcquireSlotAsync(CancellationToken either, CancellationToken cancellationToken)
    {
        try
        {
            await Slots!.WaitAsync(either);
            return true;
        }
        catch (OperationCanceledException)
        {
            return cancellationToken.IsCancellationRequested ? throw new NoSocketException(cancellationToken) : false;
        }
    }

    private void Release(Socket? socket)
    {
        socket?.Dispose();
        Slots?.Release();
    }
}
