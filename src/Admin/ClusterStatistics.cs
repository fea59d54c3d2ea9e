using Akka.Actor;
using Akka.Cluster;
using Postfleet.Admin.Http;
using Postfleet.Admin.Messages;
using Postfleet.Contracts;

namespace Postfleet.Admin;

/// <summary>Collects the reports of all nodes in the cluster, on a node of any role. Requests call it on their threads.</summary>
internal sealed class ClusterStatistics(DepartedNodes departed) : IClusterReports
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

    /// <summary>The actor system of a member of the cluster.</summary>
    /// <exception cref="ProblemException">
    /// The node is in no cluster yet, or not any more: its own report would pass for the whole cluster.
    /// </exception>
    public ActorSystem Joined
    {
        get
        {
            if (_system is { } system && IsMember(Cluster.Get(system))) return system;
            throw new ProblemException(
                ProblemKind.NodeStarting, "this node is in no cluster yet; try again later, or ask another node");
        }
    }

    /// <inheritdoc/>
    public string? FindOldest(string role) =>
        _system is { } system ? ClusterMapping.Oldest(Cluster.Get(system).State.Members, role) : null;

    /// <summary>Collects the reports. Unreachable nodes are not waited for.</summary>
    /// <exception cref="ProblemException">The node is in no cluster yet.</exception>
    public async Task<ClusterAnswers> AskAsync(
        GetNodeStatistics ask, TimeSpan? limit, CancellationToken cancellationToken)
    {
        var system = Joined;
        var (known, unanswered) =
            await AskAsync<NodeStatistics>(system, NodeStatisticsActor.Path, ask, null, limit ?? Limit, cancellationToken);
        return new ClusterAnswers(known, [.. unanswered.Concat(departed.Recent()).Distinct().Order(StringComparer.Ordinal)])
        {
            Leaving = Cluster.Get(system).State.Members
                .Where(member => member.Status is MemberStatus.Leaving or MemberStatus.Exiting)
                .Select(member => member.Address.HostAndPort()).ToHashSet(),
        };
    }

    /// <summary>Asks an actor of each node. Unreachable nodes are not waited for.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="system">The actor system of this node.</param>
    /// <param name="actor">The name of the actor.</param>
    /// <param name="ask">The question.</param>
    /// <param name="node">The only node to ask, as host:port; null for all nodes.</param>
    /// <param name="limit">The longest wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answers, and the nodes without one; both empty if the cluster does not have the node.</returns>
    public static async Task<(IReadOnlyList<(string Name, T Answer)> Known, IReadOnlyList<string> Unanswered)> AskAsync<T>(
        ActorSystem system, string actor, object ask, string? node, TimeSpan limit, CancellationToken cancellationToken)
        where T : class
    {
        var cluster = Cluster.Get(system);
        var state = cluster.State;
        // A member that is declared dead does not answer; it stays a member for a moment, and DepartedNodes names it afterwards.
        var dead = state.Members.Where(member => member.Status == MemberStatus.Down).Select(member => member.UniqueAddress);
        var members = state.Members.Where(member => member.Status != MemberStatus.Removed)
            .Select(member => member.UniqueAddress)
            // A node that is declared dead still reports about itself.
            .Append(cluster.SelfUniqueAddress).Distinct().Where(member => node is null || member.Address.HostAndPort() == node);
        var silent = state.Unreachable.Select(member => member.UniqueAddress).Concat(dead)
            .Where(address => !address.Equals(cluster.SelfUniqueAddress)).ToHashSet();
        var answers = await Task.WhenAll(members.Select(async member => (
            Name: member.Address.HostAndPort(),
            Answer: silent.Contains(member) ? null
                : await AskAsync<T>(
                    system.ActorSelection(new RootActorPath(member.Address) / "user" / actor), ask, limit, cancellationToken))));
        return (
            [.. answers.Where(answer => answer.Answer is not null).Select(answer => (answer.Name, answer.Answer!))],
            [.. answers.Where(answer => answer.Answer is null).Select(answer => answer.Name).Order(StringComparer.Ordinal)]);
    }

    private static bool IsMember(Cluster cluster) =>
        !cluster.IsTerminated && cluster.State.Members.Any(member => member.UniqueAddress.Equals(cluster.SelfUniqueAddress));

    private static async Task<T?> AskAsync<T>(ActorSelection actor, object ask, TimeSpan limit, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await actor.Ask<T>(ask, limit, cancellationToken);
        }
        catch (Exception e) when (
            e is AskTimeoutException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
