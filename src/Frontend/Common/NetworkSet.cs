using System.Net;

namespace Postfleet.Frontend.Common;

/// <summary>A set of networks in CIDR form. Immutable.</summary>
internal sealed class NetworkSet(IEnumerable<string> networks)
{
    private readonly IPNetwork[] _networks = [.. networks.Select(network => IPNetwork.Parse(network))];

    /// <summary>Whether a network contains the address. An IPv4-mapped IPv6 address counts as IPv4.</summary>
    public bool Contains(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var network in _networks) if (network.Contains(address)) return true;
        return false;
    }
}
