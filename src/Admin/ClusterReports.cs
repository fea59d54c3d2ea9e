using Akka.Actor;
using Akka.Cluster;
using Postfleet.Contracts.Messages;

namespace Postfleet.Admin;

/// <summary>What one node said, or null when it did not say anything in time.</summary>
internal sealed record NodeAnswer(Address Address, NodeReport? Report)
{
    /// <summary>The node's <c>host:port</c>.</summary>
    public string Name => NodeName.Of(Address);
}

/// <summary>Asks all nodes of the cluster what runs on them. Any node can, whichever roles it has.</summary>
internal sealed class ClusterReports
{
    /// <summary>How long a node may take to answer; a person waits for the result.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private volatile ActorSystem? _system;

    /// <summary>The actor system, which changes when the node had to start again in the cluster; null before the first.</summary>
    public ActorSystem? System
    {
        get => _system;
        set => _system = value;
    }

    /// <summary>Asks. One that the cluster cannot reach is not waited for.</summary>
    public async Task<IReadOnlyList<NodeAnswer>> AskAsync(AskNode ask, CancellationToken cancellationToken)
    {
        if (_system is not { } system) return [];
        var cluster = Cluster.Get(system);
        var state = cluster.State;
        var members = state.Members.Where(member => member.Status is not (MemberStatus.Down or MemberStatus.Removed))
            .Select(member => member.UniqueAddress)
            // While it is not in a cluster a node still speaks for itself.
            .Append(cluster.SelfUniqueAddress).Distinct();
        var unreachable = state.Unreachable.Select(member => member.UniqueAddress).ToHashSet();
        return await Task.WhenAll(members.Select(async member => unreachable.Contains(member)
            ? new NodeAnswer(member.Address, null)
            : new NodeAnswer(member.Address, await AskAsync(system, member.Address, ask, cancellationToken))));
    }

    private static async Task<NodeReport?> AskAsync(ActorSystem system, Address address, AskNode ask, CancellationToken cancellationToken)
    {
        try
        {
            return await system.ActorSelection(new RootActorPath(address) / "user" / NodeReporter.Path)
                .Ask<NodeReport>(ask, Limit, cancellationToken);
        }
        catch (Exception e) when (
            e is AskTimeoutException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
