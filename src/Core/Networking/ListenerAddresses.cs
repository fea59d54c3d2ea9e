using System.Net;

namespace Postfleet.Core.Networking;

/// <summary>The addresses at which listeners can be reached.</summary>
public static class ListenerAddresses
{
    /// <summary>
    /// Whether an address is a wildcard: <c>0.0.0.0</c> for all IPv4 addresses of the machine, <c>::</c> for all addresses.
    /// </summary>
    public static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>The addresses of a listener: all addresses of the machine for a wildcard, otherwise the address itself.</summary>
    /// <param name="listener">The listener's address.</param>
    /// <param name="machine">Reads the present addresses of the machine.</param>
    public static IEnumerable<IPAddress> Of(IPAddress listener, Func<IEnumerable<IPAddress>> machine) => !IsWildcard(listener) ? [listener]
        : machine().Where(address => listener.Equals(IPAddress.IPv6Any) || address.AddressFamily == listener.AddressFamily);
}
