using System.Collections.Concurrent;
using System.Net;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Listening;

/// <summary>
/// Counts the open connections in total, per address and per network (<see cref="ClientKeys"/>), against their limits. Thread-safe.
/// </summary>
internal sealed class ConnectionCounter(SmtpOptions limits)
{
    private readonly ConcurrentDictionary<IPAddress, int> _perAddress = new();
    private readonly ConcurrentDictionary<IPAddress, int> _perNetwork = new();
    private volatile SmtpOptions _limits = limits;
    private int _all;

    /// <summary>Counts later connections against other limits.</summary>
    public void Use(SmtpOptions next) => _limits = next;

    /// <summary>Number of open connections.</summary>
    public int Count => Volatile.Read(ref _all);

    /// <summary>Counts a connection. The caller calls <see cref="Leave()"/> at its end in any case.</summary>
    /// <returns>Whether the total is within its limit.</returns>
    public bool Enter() => Interlocked.Increment(ref _all) <= _limits.MaxConnections;

    /// <summary>Ends the count of a connection.</summary>
    public void Leave() => Interlocked.Decrement(ref _all);

    /// <summary>Counts a connection of a client. The caller calls <see cref="Leave(IPAddress)"/> at its end in any case.</summary>
    /// <returns>Whether the client and its network are within their _limits.</returns>
    public bool Enter(IPAddress client)
    {
        var keys = ClientKeys.Of(client);
        var ofAddress = Add(_perAddress, keys.Address!);
        var ofNetwork = Add(_perNetwork, keys.Network!);
        return ofAddress <= _limits.MaxConnectionsPerAddress && ofNetwork <= _limits.MaxConnectionsPerNetwork;
    }

    /// <summary>Ends the count of a connection of a client.</summary>
    public void Leave(IPAddress client)
    {
        var keys = ClientKeys.Of(client);
        Remove(_perAddress, keys.Address!);
        Remove(_perNetwork, keys.Network!);
    }

    private static int Add(ConcurrentDictionary<IPAddress, int> counts, IPAddress key) =>
        counts.AddOrUpdate(key, 1, static (_, count) => count + 1);

    // Removes addresses without a connection: the table must not grow with every client.
    private static void Remove(ConcurrentDictionary<IPAddress, int> counts, IPAddress key)
    {
        if (counts.AddOrUpdate(key, 0, static (_, count) => count - 1) == 0) counts.TryRemove(new(key, 0));
    }
}
