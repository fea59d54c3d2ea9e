using System.Net;
using System.Net.Sockets;

namespace Postfleet.Authentication.Spf;

/// <summary>The arguments of a check that stay the same through all records (RFC 7208 section 4.1).</summary>
/// <param name="Client">The address of the client, IPv4 or IPv6 but not IPv4-mapped.</param>
/// <param name="LocalPart">The local-part of the sender.</param>
/// <param name="SenderDomain">The domain of the sender.</param>
/// <param name="Helo">The name in HELO or EHLO.</param>
/// <param name="Receiver">The name of this host.</param>
/// <param name="Now">The time.</param>
internal sealed record SpfSubject(
    IPAddress Client, string LocalPart, string SenderDomain, string Helo, string Receiver, DateTimeOffset Now)
{
    /// <summary>Whether the client has an IPv6 address.</summary>
    public bool IsV6 => Client.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>Whether the client is in a network.</summary>
    /// <param name="network">An address of the network.</param>
    /// <param name="prefix">The length of its prefix in bits.</param>
    public bool IsIn(IPAddress network, int prefix)
    {
        if (network.AddressFamily != Client.AddressFamily) return false;
        Span<byte> left = stackalloc byte[16], right = stackalloc byte[16];
        Client.TryWriteBytes(left, out _);
        network.TryWriteBytes(right, out _);
        var whole = prefix / 8;
        if (!left[..whole].SequenceEqual(right[..whole])) return false;
        return prefix % 8 == 0 || (left[whole] ^ right[whole]) >> (8 - prefix % 8) == 0;
    }
}
