using System.Net;
using System.Net.Sockets;

namespace Postfleet.Frontend.Listening;

/// <summary>
/// By what clients are counted: an address and its network. A customer of an IPv6 provider has a /64, so that this is what counts as an
/// address there.
/// </summary>
/// <param name="Address">An IPv4 address, or a /64 of IPv6; null for nobody.</param>
/// <param name="Network">A /24 of IPv4, or a /48 of IPv6; null for nobody.</param>
internal readonly record struct ClientKeys(IPAddress? Address, IPAddress? Network)
{
    private const int AddressBits6 = 64;
    private const int NetworkBits4 = 24;
    private const int NetworkBits6 = 48;

    /// <summary>The keys of a client.</summary>
    public static ClientKeys Of(IPAddress client) => client.AddressFamily == AddressFamily.InterNetworkV6
        ? new(First(client, AddressBits6), First(client, NetworkBits6)) : new(client, First(client, NetworkBits4));

    private static IPAddress First(IPAddress address, int bits)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var length);
        octets[(bits / 8)..length].Clear();
        return new IPAddress(octets[..length]);
    }
}
