using System.Net;

namespace Postfleet.Frontend.Intake;

/// <summary>Some networks, and whether an address is in one of them.</summary>
internal sealed class NetworkSet(IEnumerable<string> networks)
{
    private readonly IPNetwork[] _networks = [.. networks.Select(network => IPNetwork.Parse(network))];

    /// <summary>Whether one of them has the address, also as an IPv4 address that is written as an IPv6 one.</summary>
    public bool Contains(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var network in _networks) if (network.Contains(address)) return true;
        return false;
    }
}
