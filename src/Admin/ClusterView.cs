using Akka.Cluster;
using Postfleet.Contracts;

namespace Postfleet.Admin;

/// <summary>The response of <c>GET /api/v1/cluster</c>: the cluster as the requested node sees it.</summary>
internal sealed record ClusterView(
    string Self,
    string? Leader,
    bool IsConverged,
    IReadOnlyList<NodeStatus> Members,
    IReadOnlyList<SingletonView> Singletons,
    bool IsComplete,
    IReadOnlyList<string> Unanswered)
{
    public static ClusterView Of(Cluster cluster, IReadOnlyList<NodeAnswer> answers, IReadOnlyList<string> unanswered)
    {
        var state = cluster.State;
        var byAddress = answers.ToDictionary(answer => answer.Address);
        var byAge = state.Members.Order(Comparer<Member>.Create((a, b) => a.Equals(b) ? 0 : a.IsOlderThan(b) ? -1 : 1)).ToList();
        var unreachable = state.Unreachable.ToHashSet();
        var members = byAge.Select((member, index) => new NodeStatus(
            member.Address.HostAndPort(),
            [.. member.Roles.Where(ClusterHosts.IsRole).Order(StringComparer.Ordinal)],
            member.Status.ToString(),
            member.AppVersion.Version,
            !unreachable.Contains(member),
            index + 1,
            byAddress.TryGetValue(member.Address, out var answer) && answer.Report is { } report
                ? report.Regions.ToDictionary(
                    region => region.Name, region => new RegionView(region.Shards.Count, region.Shards.Sum(shard => (long)shard.Entities)))
                : []));
        return new ClusterView(
            cluster.SelfAddress.HostAndPort(),
            state.Leader is { } leader ? leader.HostAndPort() : null,
            unreachable.Count == 0 && byAge.TrueForAll(member => member.Status == MemberStatus.Up),
            [.. members],
            [
                Place("hand-off sweeper", NodeRoles.Queue), Place($"coordinator of {ShardRegions.QueueRegion}", NodeRoles.Queue),
                Place($"coordinator of {ShardRegions.DestinationRegion}", NodeRoles.Delivery),
            ],
            unanswered.Count == 0,
            unanswered);

        // A singleton runs on the oldest node of its role and moves to the next oldest node when this node has left.
        SingletonView Place(string name, string role) => new(
            name, role,
            byAge.Find(member => member.HasRole(role)
                && member.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting) is { } oldest
                ? oldest.Address.HostAndPort()
                : null);
    }
}

/// <summary>The status of a node.</summary>
/// <param name="Node">Its <c>host:port</c>.</param>
/// <param name="Roles">Its roles.</param>
/// <param name="Status">Its membership status.</param>
/// <param name="Version">The version of its program.</param>
/// <param name="IsReachable">Whether all nodes that monitor it reach it.</param>
/// <param name="Age">Its rank by age; 1 is the oldest.</param>
/// <param name="Regions">Shards and entities of each of its regions; empty when it did not answer.</param>
internal sealed record NodeStatus(
    string Node, IReadOnlyList<string> Roles, string Status, string Version, bool IsReachable, int Age,
    IReadOnlyDictionary<string, RegionView> Regions);

/// <summary>The number of shards and entities of a region on a node.</summary>
internal sealed record RegionView(int Shards, long Entities);

/// <summary>The node of a cluster singleton.</summary>
internal sealed record SingletonView(string Name, string Role, string? Node);
