using Akka.Remote.Transport.DotNetty;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Common;

/// <summary>The settings of the cluster's part of the node.</summary>
/// <param name="Host">Host name or address of this node for the other nodes.</param>
/// <param name="Port">Port of the cluster's traffic; 0 for any.</param>
/// <param name="Version">The program's version: while versions differ, shards go to nodes with the newer one and are not
/// rebalanced.</param>
/// <param name="Roles">This node's roles.</param>
/// <param name="Grace">How long stopping may take.</param>
/// <param name="Seeds">Nodes to join; none makes a cluster of one.</param>
/// <param name="RegistryDatabase">Connection string of the database that says who is in the cluster; null where only one node can
/// be.</param>
/// <param name="Tls">How the cluster's traffic is encrypted; null when it is not.</param>
public sealed record ClusterNodeSettings(
    string Host, int Port, string Version, IReadOnlyList<string> Roles, TimeSpan Grace, IReadOnlyList<string> Seeds,
    string? RegistryDatabase, DotNettySslSetup? Tls)
{
    /// <summary>What this node is as a mail host, for the other nodes to know.</summary>
    public ClusterHost MailHost { get; init; } = new("localhost", []);
}
