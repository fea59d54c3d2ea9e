using System.Collections.Concurrent;
using System.Net;

namespace Postfleet.Frontend.Listening;

/// <summary>How many connections are open, in all and from each address. Thread-safe.</summary>
internal sealed class ConnectionCounter(int max, int maxPerAddress)
{
    private readonly ConcurrentDictionary<IPAddress, int> _perAddress = new();
    private int _all;

    /// <summary>Counts a connection in; it is to be counted out whatever the answer.</summary>
    /// <returns>Whether it is within the limits.</returns>
    public bool Enter(IPAddress address)
    {
        var all = Interlocked.Increment(ref _all);
        var ofAddress = _perAddress.AddOrUpdate(address, 1, static (_, count) => count + 1);
        return all <= max && ofAddress <= maxPerAddress;
    }

    public void Leave(IPAddress address)
    {
        Interlocked.Decrement(ref _all);
        // Addresses without a connection are forgotten, or the table would grow with every client ever seen.
        if (_perAddress.AddOrUpdate(address, 0, static (_, count) => count - 1) == 0) _perAddress.TryRemove(new(address, 0));
    }
}
