using System.Net;
using Postfleet.Contracts;
using Postfleet.Core.Networking;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// Which mail hosts are this cluster's own, so that its mail would go round. A stranger's DNS chooses the hosts of <c>mx</c> routes:
/// loopback and unspecified addresses lead to this machine, too, and are never connected to, unless the configuration says otherwise.
/// Thread-safe.
/// </summary>
/// <param name="hostname">This node's name.</param>
/// <param name="listeners">Where this node listens.</param>
/// <param name="allowsLoopback">Whether loopback addresses may be mail hosts (<c>Delivery:AllowLoopbackMx</c>).</param>
/// <param name="machine">Reads the addresses that the machine has now; asked each time, since addresses come and go.</param>
/// <param name="others">The names and listeners of the other nodes; asked each time, since nodes come and go.</param>
public sealed class OwnHosts(
    string hostname, IReadOnlyCollection<IPEndPoint> listeners, bool allowsLoopback, Func<IEnumerable<IPAddress>> machine,
    Func<IReadOnlyList<ClusterHost>> others)
{
    /// <summary>Whether a host name is that of a node.</summary>
    public bool IsOwnName(string host) =>
        host.Equals(hostname, StringComparison.OrdinalIgnoreCase)
            || others().Any(other => host.Equals(other.Name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a name means this machine whatever the DNS says (RFC 6761 section 6.3), and may be no mail host.</summary>
    public bool IsLocalName(string host) =>
        !allowsLoopback && (host == "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal));

    /// <summary>Whether an address leads to this cluster, so that an <c>mx</c> route must not connect to it.</summary>
    public bool IsOwnAddress(IPAddress address, int port)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) return true;
        return (IPAddress.IsLoopback(address) && !allowsLoopback) || IsNode(address, port);
    }

    /// <summary>
    /// Whether a node of this cluster listens at an address that other machines can mean, too: a mail host there is us. Loopback addresses
    /// and unspecified ones are left out, unless the configuration says otherwise: as mail hosts they are the mistake of a stranger, and
    /// say nothing of who we are.
    /// </summary>
    public bool IsNode(IPAddress address, int port)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) && !allowsLoopback) return false;
        return listeners.Any(listener => IsAt(listener, address, port))
            || others().Any(other => other.Listeners.Contains(new IPEndPoint(address, port)));
    }

    /// <summary>
    /// The addresses at which other machines reach listeners: those of the machine stand for a listener on all addresses.
    /// </summary>
    /// <param name="listeners">The listeners, with their real ports.</param>
    /// <param name="machine">Reads the addresses that the machine has now.</param>
    /// <param name="most">Most endpoints that are given.</param>
    public static IReadOnlyList<IPEndPoint> Reachable(IEnumerable<IPEndPoint> listeners, Func<IEnumerable<IPAddress>> machine, int most) =>
    [
        .. listeners
            .SelectMany(listener =>
                ListenerAddresses.Of(listener.Address, machine).Select(address => new IPEndPoint(address, listener.Port)))
            .Where(endpoint => !IPAddress.IsLoopback(endpoint.Address) && endpoint.Port != 0).Distinct().Take(most),
    ];

    private bool IsAt(IPEndPoint listener, IPAddress address, int port) =>
        listener.Port == port
        && (listener.Address.Equals(address) || (ListenerAddresses.IsWildcard(listener.Address) && machine().Contains(address)));
}
