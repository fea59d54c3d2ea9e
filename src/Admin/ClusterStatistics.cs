using Akka.Actor;
using Akka.Cluster;
using Postfleet.Admin.Messages;
using Postfleet.Contracts;

namespace Postfleet.Admin;

/// <summary>Collects the reports of all nodes in the cluster, on a node of any role. Requests call it on their threads.</summary>
internal sealed class ClusterStatistics : IClusterReports
{
    /// <summary>The longest wait for a node's report, with which an answer of the API takes less than two seconds.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    private volatile ActorSystem? _system;

    /// <summary>The current actor system, which changes when the node joins the cluster again; null before the first.</summary>
    public ActorSystem? System
    {
        get => _system;
        set => _system = value;
    }

    /// <summary>Collects the reports. Unreachable nodes are not waited for.</summary>
    public async Task<ClusterAnswers> AskAsync(
        GetNodeStatistics ask, TimeSpan? limit, CancellationToken cancellationToken)
    {
        if (_system is not { } system) return new ClusterAnswers([], []);
        var cluster = Cluster.Get(system);
        var state = cluster.State;
        var members = state.Members.Where(member => member.Status is not (MemberStatus.Down or MemberStatus.Removed))
            .Select(member => member.UniqueAddress)
            // A node outside of a cluster still reports about itself.
            .Append(cluster.SelfUniqueAddress).Distinct();
        var unreachable = state.Unreachable.Select(member => member.UniqueAddress).ToHashSet();
        var answers = await Task.WhenAll(members.Select(async member => (
            Name: member.Address.HostAndPort(),
            Report: unreachable.Contains(member) ? null : await AskAsync(system, member.Address, ask, limit ?? Limit, cancellationToken))));
        return new ClusterAnswers(
            [.. answers.Where(answer => answer.Report is not null).Select(answer => (answer.Name, answer.Report!))],
            [.. answers.Where(answer => answer.Report is null).Select(answer => answer.Name).Order(StringComparer.Ordinal)])
        {
            Leaving = state.Members.Where(member => member.Status is MemberStatus.Leaving or MemberStatus.Exiting)
                .Select(member => member.Address.HostAndPort()).ToHashSet(),
        };
    }

    private static async Task<NodeStatistics?> AskAsync(
        ActorSystem system, Address address, GetNodeStatistics ask, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await system.ActorSelection(new RootActorPath(address) / "user" / NodeStatisticsActor.Path)
                .Ask<NodeStatistics>(ask, limit, cancellationToken);
        }
        catch (Exception e) when (
            e is AskTimeoutException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
