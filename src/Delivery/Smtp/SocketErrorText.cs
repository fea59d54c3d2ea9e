using System.Net.Sockets;

namespace Postfleet.Delivery.Smtp;

/// <summary>The texts of socket errors in replies. Stateless.</summary>
internal static class SocketErrorText
{
    /// <summary>Describes a socket error in the words of a reply.</summary>
    public static string Of(SocketError error) => error switch
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
