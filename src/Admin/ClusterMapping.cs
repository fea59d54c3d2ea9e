using Akka.Cluster;
using Postfleet.Admin.Api;
using Postfleet.Admin.Messages;
using Postfleet.Contracts;

namespace Postfleet.Admin;

/// <summary>Maps the reports of nodes to the answers of the API.</summary>
internal static class ClusterMapping
{
    public static DestinationView View(this DestinationStatistics report, string node) => new(
        report.Destination.Value, Given(report.Counts.Provider), report.Counts.Queues, report.Counts.Waiting, report.Counts.Running,
        report.Counts.Connections, report.Counts.Granted, report.Counts.Unacknowledged, report.Counts.MaxConnections,
        report.Counts.MaxRate, report.Counts.Tokens, report.Counts.DownUntil, report.Counts.Reply, node);

    public static SourceView View(this SourceStatistics sums) => new(
        sums.Source, Given(sums.Provider), sums.Destinations, sums.Unreachable, sums.Paused, sums.Lowered, sums.Waiting, sums.Running,
        sums.Connections, sums.FailedSince, sums.Reply);

    private static string? Given(string text) => text.Length == 0 ? null : text;

    /// <summary>The view of the cluster from this node.</summary>
    public static ClusterView View(Cluster cluster, ClusterAnswers answers)
    {
        var state = cluster.State;
        var byNode = answers.Known.ToDictionary(answer => answer.Name, answer => answer.Report, StringComparer.Ordinal);
        var byAge = state.Members.Order(MemberAge.OldestFirst).ToList();
        var unreachable = state.Unreachable.ToHashSet();
        var members = byAge.Select((member, index) => new NodeStatus(
            member.Address.HostAndPort(),
            [.. member.Roles.Where(ClusterHosts.IsRole).Order(StringComparer.Ordinal)],
            member.Status.ToString(),
            member.AppVersion.Version,
            !unreachable.Contains(member),
            index + 1,
            byNode.TryGetValue(member.Address.HostAndPort(), out var report)
                ? report.Regions.ToDictionary(
                    region => region.Name, region => new RegionView(region.Shards.Count, region.Shards.Sum(shard => (long)shard.Entities)))
                : []));
        return new ClusterView(
            cluster.SelfAddress.HostAndPort(),
            state.Leader is { } leader ? leader.HostAndPort() : null,
            unreachable.Count == 0 && byAge.TrueForAll(member => member.Status == MemberStatus.Up),
            [.. members],
            [
                Place("hand-off sweeper", NodeRoles.Queue), Place("report sweeper", NodeRoles.Queue),
                Place("owner of the actions", NodeRoles.Queue), Place($"coordinator of {ShardRegions.QueueRegion}", NodeRoles.Queue),
                Place($"coordinator of {ShardRegions.DestinationRegion}", NodeRoles.Delivery),
            ],
            answers.Unanswered.Count == 0,
            answers.Unanswered);

        SingletonView Place(string name, string role) => new(name, role, Oldest(state.Members, role));
    }

    /// <summary>
    /// The node of the singletons of a role, as host:port; null for none. A singleton runs on the oldest node of its role and moves to the
    /// next oldest node when this node has left.
    /// </summary>
    public static string? Oldest(IEnumerable<Member> members, string role) => members
        .Where(member => member.HasRole(role) && member.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting)
        .Oldest()?.Address.HostAndPort();
}
