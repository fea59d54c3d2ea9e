using System.Net;
using Postfleet.Contracts;
using Postfleet.Core.Networking;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// Detects mail hosts that belong to this cluster, to which mail would loop. Strangers' DNS records choose the hosts of <c>mx</c> routes,
/// so loopback and unspecified addresses, which also lead to this machine, are never connected to unless the configuration allows it.
/// Thread-safe; one instance serves the node.
/// </summary>
/// <param name="hostname">The host name of this node.</param>
/// <param name="listeners">The endpoints at which this node listens.</param>
/// <param name="allowsLoopback">Whether loopback addresses may be mail hosts (<c>Delivery:AllowLoopbackMx</c>).</param>
/// <param name="machine">Returns the machine's current addresses; called for each check, since addresses change.</param>
/// <param name="others">Returns the names and listeners of the other nodes; called for each check, since nodes join and leave.</param>
public sealed class MailLoopDetector(
    string hostname, IReadOnlyCollection<IPEndPoint> listeners, bool allowsLoopback, Func<IEnumerable<IPAddress>> machine,
    Func<IReadOnlyList<ClusterHost>> others)
{
    /// <summary>Whether a host name is the name of a node of this cluster.</summary>
    public bool IsOwnName(string host) =>
        host.Equals(hostname, StringComparison.OrdinalIgnoreCase)
            || others().Any(other => host.Equals(other.Name, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Whether a name denotes this machine regardless of DNS (RFC 6761 section 6.3) and therefore must not be a mail host.
    /// </summary>
    public bool IsLocalName(string host) =>
        !allowsLoopback && (host == "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal));

    /// <summary>Whether an address leads to this cluster, so an <c>mx</c> route must not connect to it.</summary>
    public bool IsOwnAddress(IPAddress address, int port)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) return true;
        return (IPAddress.IsLoopback(address) && !allowsLoopback) || IsClusterListener(address, port);
    }

    /// <summary>
    /// Whether a node of this cluster listens at an address that is meaningful to other machines, so that a mail host there is this
    /// cluster. Loopback addresses are excluded unless the configuration allows them: as mail hosts they are a stranger's mistake and do
    /// not identify this cluster.
    /// </summary>
    public bool IsClusterListener(IPAddress address, int port)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) && !allowsLoopback) return false;
        return listeners.Any(listener => IsAt(listener, address, port))
            || others().Any(other => other.Listeners.Contains(new IPEndPoint(address, port)));
    }

    /// <summary>
    /// The endpoints at which other machines reach the listeners: a listener on all addresses is reachable at each address of the machine.
    /// </summary>
    /// <param name="listeners">The listeners, with their actual ports.</param>
    /// <param name="machine">Returns the machine's current addresses.</param>
    /// <param name="most">The maximum number of endpoints returned.</param>
    public static IReadOnlyList<IPEndPoint> ReachableEndpoints(
        IEnumerable<IPEndPoint> listeners, Func<IEnumerable<IPAddress>> machine, int most) =>
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
