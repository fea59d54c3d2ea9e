using System.Security.Cryptography;
using Postfleet.Cluster.Common;

namespace Postfleet.Cluster.Membership;

/// <summary>A process as it describes itself in the registry.</summary>
/// <param name="Instance">Random text of one process.</param>
/// <param name="Host">The name of its machine or container.</param>
/// <param name="Roles">Its roles, with commas between them.</param>
/// <param name="Version">The version of its program.</param>
internal sealed record NodeProcess(string Instance, string Host, string Roles, string Version)
{
    private const int InstanceOctets = 8;

    /// <summary>Describes this process, with a new instance.</summary>
    public static NodeProcess Describe(ClusterNodeSettings settings) => new(
        Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(InstanceOctets)), Environment.MachineName, string.Join(',', settings.Roles),
        settings.Version);
}

/// <summary>A row of the registry: a present or former cluster node on this database.</summary>
/// <param name="Address">Its <c>host:port</c>.</param>
/// <param name="Incarnation">The id of one start of its actor system at this address.</param>
/// <param name="Beat">A counter, incremented while the node lives and is in the cluster.</param>
internal readonly record struct NodeRow(string Address, long Incarnation, long Beat)
{
    /// <summary>Time since the row was written, by the clock of the database. It does not count for equality.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>
    /// The process of the node; null in a row of a program without this description. It does not count for equality.
    /// </summary>
    public NodeProcess? Process { get; init; }

    /// <summary>Whether the node's address is reached only from its own machine.</summary>
    public bool IsLoopback => ContactAddress.IsLoopback(Address);

    /// <summary>The node as it is named for operators: <c>mail-7 (10.0.0.7:4053)</c>, or the address alone.</summary>
    public string Name => Process is { Host: var host } ? $"{host} ({Address})" : Address;

    public bool Equals(NodeRow other) => (Address, Incarnation, Beat) == (other.Address, other.Incarnation, other.Beat);

    public override int GetHashCode() => HashCode.Combine(Address, Incarnation, Beat);

    /// <summary>Whether the row has an address, in any case of letters.</summary>
    public bool IsAt(string address) => string.Equals(Address, address, StringComparison.OrdinalIgnoreCase);
}
