using Akka.Actor;
using Akka.Cluster;
using Postfleet.Admin.Messages;
using Postfleet.Contracts;

namespace Postfleet.Admin;

/// <summary>The report of a node; null when the node did not answer in time.</summary>
internal sealed record NodeAnswer(Address Address, NodeStatistics? Report)
{
    /// <summary>The node's <c>host:port</c>.</summary>
    public string Name => Address.HostAndPort();
}

/// <summary>Collects the reports of all nodes in the cluster, on a node of any role. Requests call it on their threads.</summary>
internal sealed class ClusterStatistics
{
    /// <summary>The longest wait for a node's report.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private volatile ActorSystem? _system;

    /// <summary>The current actor system, which changes when the node joins the cluster again; null before the first.</summary>
    public ActorSystem? System
    {
        get => _system;
        set => _system = value;
    }

    /// <summary>Collects the reports. Unreachable nodes are not waited for.</summary>
    public async Task<IReadOnlyList<NodeAnswer>> AskAsync(GetNodeStatistics ask, CancellationToken cancellationToken)
    {
        if (_system is not { } system) return [];
        var cluster = Cluster.Get(system);
        var state = cluster.State;
        var members = state.Members.Where(member => member.Status is not (MemberStatus.Down or MemberStatus.Removed))
            .Select(member => member.UniqueAddress)
            // A node outside of a cluster still reports about itself.
            .Append(cluster.SelfUniqueAddress).Distinct();
        var unreachable = state.Unreachable.Select(member => member.UniqueAddress).ToHashSet();
        return await Task.WhenAll(members.Select(async member => unreachable.Contains(member)
            ? new NodeAnswer(member.Address, null)
            : new NodeAnswer(member.Address, await AskAsync(system, member.Address, ask, cancellationToken))));
    }

    private static async Task<NodeStatistics?> AskAsync(
        ActorSystem system, Address address, GetNodeStatistics ask, CancellationToken cancellationToken)
    {
        try
        {
            return await system.ActorSelection(new RootActorPath(address) / "user" / NodeStatisticsActor.Path)
                .Ask<NodeStatistics>(ask, Limit, cancellationToken);
        }
        catch (Exception e) when (
            e is AskTimeoutException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
