using System.Net;

namespace Postfleet.Testing;

/// <summary>
/// Where a node of a cluster of several listens: on an address of its own, at the same ports in every life of the process. Clients find it
/// there again after a restart, and no other program takes its ports meanwhile.
/// </summary>
/// <param name="Address">The node's own address, for mail and administration.</param>
public sealed record NodePlace(IPAddress Address)
{
    /// <summary>The address for the cluster's own traffic, when that has a network of its own.</summary>
    public IPAddress ClusterAddress { get; init; } = Address;

    /// <summary>What clients of the admin API have to show; empty for a node on loopback.</summary>
    public string AdminToken { get; init; } = "";

    /// <summary>The network namespace that the node runs in; null for that of the tests.</summary>
    public NetworkNamespace? Network { get; init; }

    /// <summary>Where the node listens for mail when it is a frontend.</summary>
    public IPEndPoint Relay => new(Address, 2525);

    /// <summary>Where the admin API is.</summary>
    public IPEndPoint Admin => new(Address, 8025);
}
