using System.Net;
using System.Net.Sockets;

namespace Postfleet.Delivery.Smtp;

/// <summary>Opens sockets to hosts, from an address of ours where one is set.</summary>
internal sealed class Dialer(TimeSpan limit, TimeProvider time)
{
    /// <summary>Makes the socket for an address of a family.</summary>
    internal Func<AddressFamily, Socket> NewSocket { get; init; } = family => family == AddressFamily.Unix
        ? new Socket(family, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>A place for each socket of this node; null where there is room for any number.</summary>
    internal SemaphoreSlim? Slots { get; init; }

    /// <exception cref="SocketException">There is no connection; also when the time is over.</exception>
    /// <exception cref="OperationCanceledException">The token.</exception>
    public async ValueTask<SocketTransport> OpenAsync(EndPoint endpoint, IPAddress? source, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        if (Slots is not null && !await TakeSlotAsync(linked.Token, cancellationToken))
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        Socket? socket = null;
        try
        {
            socket = NewSocket(endpoint.AddressFamily);
            if (source is not null) socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(endpoint, linked.Token);
            return new SocketTransport(socket, Slots);
        }
        catch (IOException)
        {
            // The peer has gone between the connection and the next line.
            GiveUp(socket);
            throw new SocketException((int)SocketError.ConnectionReset);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            GiveUp(socket);
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            GiveUp(socket);
            throw;
        }
    }

    private async ValueTask<bool> TakeSlotAsync(CancellationToken either, CancellationToken cancellationToken)
    {
        try
        {
            await Slots!.WaitAsync(either);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private void GiveUp(Socket? socket)
    {
        socket?.Dispose();
        Slots?.Release();
    }

    /// <summary>An error in the words of a reply.</summary>
    public static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostUnreachable or SocketError.HostDown => "no route to host",
        SocketError.NetworkUnreachable => "network is unreachable",
        SocketError.TimedOut => "the connection timed out",
        SocketError.ConnectionReset => "connection reset",
        SocketError.AddressFamilyNotSupported => "address family not supported",
        SocketError.TooManyOpenSockets => "too many open files",
        SocketError.AddressNotAvailable => "the source address is not one of this machine",
        SocketError.AccessDenied => "access denied",
        _ => error.ToString(),
    };
}
