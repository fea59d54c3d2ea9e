using System.Net;

namespace Postfleet.Frontend.Common;

/// <summary>A set of networks. Immutable.</summary>
internal sealed class NetworkSet(IEnumerable<IPNetwork> networks)
{
    private readonly IPNetwork[] _networks = [.. networks];

    /// <summary>Whether a network contains the address. An IPv4-mapped IPv6 address counts as IPv4.</summary>
    public bool Contains(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var network in _networks) if (network.Contains(address)) return true;
        return false;
    }
}
