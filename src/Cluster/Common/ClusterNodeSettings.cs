using Akka.Remote.Transport.DotNetty;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Common;

/// <summary>The cluster settings of a node.</summary>
/// <param name="Host">Host name or address at which the other nodes reach this node.</param>
/// <param name="Port">Port of the cluster's traffic; 0 for any free port.</param>
/// <param name="Version">The program's version. While versions differ, shards go to nodes with the newest version and are not
/// rebalanced.</param>
/// <param name="Roles">This node's roles.</param>
/// <param name="Grace">The longest time for stopping.</param>
/// <param name="Seeds">Nodes to join; empty where the nodes in the registry are the only contacts.</param>
/// <param name="RegistryDatabase">Connection string of the database with the registry of nodes; null for embedded storage, which a single
/// node uses.</param>
/// <param name="Tls">Certificates for the cluster's traffic; null for traffic in the clear.</param>
public sealed record ClusterNodeSettings(
    string Host, int Port, string Version, IReadOnlyList<string> Roles, TimeSpan Grace, IReadOnlyList<string> Seeds,
    string? RegistryDatabase, DotNettySslSetup? Tls)
{
    /// <summary>The password for a new connection to the registry; null for the password of its connection string.</summary>
    public Func<string>? RegistryPassword { get; init; }

    /// <summary>Whether the host was found at the start, so that the seeds may have another name of this node.</summary>
    public bool IsHostFound { get; init; }

    /// <summary>The names and listeners of this node as a mail host, published to the other nodes.</summary>
    public ClusterHost MailHost { get; init; } = new("localhost", []);
}
