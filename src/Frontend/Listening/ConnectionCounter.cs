using System.Collections.Concurrent;
using System.Net;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Listening;

/// <summary>
/// How many connections are open, in all, from each address and from each network (<see cref="ClientKeys"/>). Thread-safe.
/// </summary>
internal sealed class ConnectionCounter(SmtpOptions limits)
{
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
    public bool Enter(IPAddress client)
    {
        var keys = ClientKeys.Of(client);
        return Add(_perAddress, keys.Address!) <= limits.MaxConnectionsPerAddress & Add(_perNetwork,
            keys.Network!) <= limits.MaxConnectionsPerNetwork;
    }

    public void Leave(IPAddress client)
    {
        var keys = ClientKeys.Of(client);
        Remove(_perAddress, keys.Address!);
        Remove(_perNetwork, keys.Network!);
    }

    private static int Add(ConcurrentDictionary<IPAddress, int> counts, IPAddress key) =>
        counts.AddOrUpdate(key, 1, static (_, count) => count + 1);

    // Addresses without a connection are forgotten, or the table would grow with every client ever seen.
    private static void Remove(ConcurrentDictionary<IPAddress, int> counts, IPAddress key)
    {
        if (counts.AddOrUpdate(key, 0, static (_, count) => count - 1) == 0) counts.TryRemove(new(key, 0));
    }
}
