using System.Net.Sockets;

namespace Postfleet.Cluster.Common;

/// <summary>Finds the reason of a socket in the exceptions of libraries, in words for a user.</summary>
public static class SocketErrors
{
    /// <summary>The reason given by a socket, found in an exception or in its inner exceptions; null where there is none.</summary>
    public static string? Find(Exception exception) => FindException(exception) is { } socket ? Describe(socket) : null;

    /// <summary>The exception of a socket: an exception itself, or one of its inner exceptions; null where there is none.</summary>
    public static SocketException? FindException(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is SocketException socket) return socket;
            if (e is AggregateException { InnerExceptions.Count: > 1 } many)
                return many.InnerExceptions.Select(FindException).FirstOrDefault(found => found is not null);
        }

        return null;
    }

    /// <summary>Why something cannot be listened on.</summary>
    public static string Describe(SocketException socket) => socket.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the port is in use",
        SocketError.AddressNotAvailable => "the address is not one of this machine's",
        SocketError.AccessDenied => "the port may not be opened by this user",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the name does not resolve",
        _ => socket.Message,
    };

    /// <summary>Whether the host of an endpoint is at fault, whatever the port.</summary>
    public static bool IsAboutAddress(SocketException socket) =>
        socket.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain;
}
