using System.Collections.Concurrent;
using System.Net;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Clients about which something was logged, so that it is not logged again. It forgets all of them when they are too many. Thread-safe.
/// </summary>
internal sealed class SeenClients
{
    private const int Most = 1_000;

    private readonly ConcurrentDictionary<IPAddress, bool> _seen = new();

    /// <summary>Whether a client has not been seen before; it has from now on.</summary>
    public bool IsNew(IPAddress client)
    {
        if (_seen.Count >= Most) _seen.Clear();
        return _seen.TryAdd(client, true);
    }
}
