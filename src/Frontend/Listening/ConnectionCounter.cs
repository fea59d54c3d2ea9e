using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Postfleet.Core.Options;

namespace Postfleet.Frontend.Listening;

/// <summary>
/// How many connections are open, in all, from each address and from each network. One customer of an IPv6 provider has a /64, so that is what counts as an
/// address there. Thread-safe.
/// </summary>
internal sealed class ConnectionCounter(SmtpOptions limits)
{
    private const int AddressBits6 = 64;
    private const int NetworkBits4 = 24;
    private const int NetworkBits6 = 48;

    private readonly ConcurrentDictionary<IPAddress, int> _perAddress = new();
    private readonly ConcurrentDictionary<IPAddress, int> _perNetwork = new();
    private int _all;

    /// <summary>Connections in all.</summary>
    public int Count => Volatile.Read(ref _all);

    /// <summary>Counts a connection in; it is to be counted out whatever the answer.</summary>
    /// <returns>Whether there is room for it.</returns>
    public bool Enter() => Interlocked.Increment(ref _all) <= limits.MaxConnections;

    public void Leave() => Interlocked.Decrement(ref _all);

    /// <summary>Counts a connection to its client; it is to be counted out whatever the answer.</summary>
    /// <returns>Whether the client and its network are within their limits.</returns>
    public bool Enter(IPAddress client) =>
        Add(_perAddress, Address(client)) <= limits.MaxConnectionsPerAddress & Add(_perNetwork, Network(client)) <= limits.MaxConnectionsPerNetwork;

    public void Leave(IPAddress client)
    {
        Remove(_perAddress, Address(client));
        Remove(_perNetwork, Network(client));
    }

    private static int Add(ConcurrentDictionary<IPAddress, int> counts, IPAddress key) => counts.AddOrUpdate(key, 1, static (_, count) => count + 1);

    // Addresses without a connection are forgotten, or the table would grow with every client ever seen.
    private static void Remove(ConcurrentDictionary<IPAddress, int> counts, IPAddress key)
    {
        if (counts.AddOrUpdate(key, 0, static (_, count) => count - 1) == 0) counts.TryRemove(new(key, 0));
    }

    private static IPAddress Address(IPAddress client) =>
        client.AddressFamily == AddressFamily.InterNetworkV6 ? First(client, AddressBits6) : client;

    private static IPAddress Network(IPAddress client) =>
        First(client, client.AddressFamily == AddressFamily.InterNetworkV6 ? NetworkBits6 : NetworkBits4);

    private static IPAddress First(IPAddress address, int bits)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var length);
        octets[(bits / 8)..length].Clear();
        return new IPAddress(octets[..length]);
    }
}
