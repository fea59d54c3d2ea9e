using System.Net;

namespace Postfleet.Testing;

/// <summary>
/// The address of a cluster node, with the same ports in each start. Clients find the node again after a restart, and no other program uses
/// its ports in between.
/// </summary>
/// <param name="Address">The node's own address, for mail and administration.</param>
public sealed record NodePlace(IPAddress Address)
{
    /// <summary>The address for the cluster's traffic, if it has a network of its own.</summary>
    public IPAddress ClusterAddress { get; init; } = Address;

    /// <summary>The token of the admin API; empty for a node on loopback.</summary>
    public string AdminToken { get; init; } = "";

    /// <summary>The network namespace of the node; null for the namespace of the tests.</summary>
    public NetworkNamespace? Network { get; init; }

    /// <summary>The endpoint of the relay listener of a frontend.</summary>
    public IPEndPoint Relay => new(Address, 2525);

    /// <summary>The endpoint of the admin API.</summary>
    public IPEndPoint Admin => new(Address, 8025);
}
