using System.Net.Sockets;

namespace Postfleet.Cluster.Common;

/// <summary>Finds socket errors in the exceptions of libraries and describes them for operators.</summary>
public static class SocketErrors
{
    /// <summary>The description of the socket error in an exception or its inner exceptions; null if there is none.</summary>
    public static string? Find(Exception exception) => FindException(exception) is { } socket ? Describe(socket) : null;

    /// <summary>The socket exception in an exception or its inner exceptions; null if there is none.</summary>
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

    /// <summary>The reason why an endpoint cannot be listened on.</summary>
    public static string Describe(SocketException socket) => socket.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the port is in use",
        SocketError.AddressNotAvailable => "this machine does not have the address",
        SocketError.AccessDenied => "the port may not be opened by this user",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the name does not resolve",
        _ => socket.Message,
    };

    /// <summary>Whether the host of an endpoint is the cause and not its port.</summary>
    public static bool IsAboutAddress(SocketException socket) =>
        socket.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain;
}
