using System.Net;
using System.Net.NetworkInformation;

namespace Postfleet.Core.Networking;

/// <summary>The addresses at which listeners can be reached.</summary>
public static class ListenerAddresses
{
    /// <summary>Whether an address stands for all addresses of the machine: <c>0.0.0.0</c> for those of IPv4, <c>::</c> for all.</summary>
    public static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>The addresses that an address of a listener stands for: those that the machine has now for a wildcard, else itself.</summary>
    public static IEnumerable<IPAddress> Of(IPAddress listener) => !IsWildcard(listener) ? [listener]
        : OfMachine().Where(address => listener.Equals(IPAddress.IPv6Any) || address.AddressFamily == listener.AddressFamily);

    /// <summary>All addresses that the machine has now.</summary>
    public static IEnumerable<IPAddress> OfMachine() =>
        NetworkInterface.GetAllNetworkInterfaces().SelectMany(face => face.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address);
}
