using System.Net;
using System.Net.Sockets;

namespace Postfleet.Frontend.Common;

/// <summary>
/// The keys by which limits count a client: its address and its network. In IPv6 a /64 counts as one address, since providers assign a /64
/// to each customer.
/// </summary>
/// <param name="Address">An IPv4 address, or a /64 of IPv6; null for a client without limits.</param>
/// <param name="Network">A /24 of IPv4, or a /48 of IPv6; null for a client without limits.</param>
internal readonly record struct ClientKeys(IPAddress? Address, IPAddress? Network)
{
    private const int AddressBits6 = 64;
    private const int NetworkBits4 = 24;
    private const int NetworkBits6 = 48;

    /// <summary>The keys of a client.</summary>
    public static ClientKeys Of(IPAddress client) => client.AddressFamily == AddressFamily.InterNetworkV6
        ? new(Prefix(client, AddressBits6), Prefix(client, NetworkBits6)) : new(client, Prefix(client, NetworkBits4));

    /// <summary>The address by which a client counts, as text: an IPv4 address, or a /64 of IPv6.</summary>
    public static string AddressText(IPAddress client) => client.AddressFamily == AddressFamily.InterNetworkV6
        ? $"{Prefix(client, AddressBits6)}/{AddressBits6}" : client.ToString();

    /// <summary>The network by which a client counts, as text.</summary>
    public static string NetworkText(IPAddress client)
    {
        var bits = client.AddressFamily == AddressFamily.InterNetworkV6 ? NetworkBits6 : NetworkBits4;
        return $"{Prefix(client, bits)}/{bits}";
    }

    private static IPAddress Prefix(IPAddress address, int bits)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var length);
        octets[(bits / 8)..length].Clear();
        return new IPAddress(octets[..length]);
    }
}
