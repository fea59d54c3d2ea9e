using System.Net;

namespace Postfleet.Core.Networking;

/// <summary>The addresses at which listeners can be reached.</summary>
public static class ListenerAddresses
{
    /// <summary>Whether an address stands for all addresses of the machine: <c>0.0.0.0</c> for those of IPv4, <c>::</c> for all.</summary>
    public static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>The addresses that an address of a listener stands for: those of the machine for a wildcard, else itself.</summary>
    /// <param name="listener">The listener's address.</param>
    /// <param name="machine">Reads the addresses that the machine has now.</param>
    public static IEnumerable<IPAddress> Of(IPAddress listener, Func<IEnumerable<IPAddress>> machine) => !IsWildcard(listener) ? [listener]
        : machine().Where(address => listener.Equals(IPAddress.IPv6Any) || address.AddressFamily == listener.AddressFamily);
}
