using Akka.Actor;
using Akka.Cluster;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Parent of a node's split brain resolver. The resolver runs while a queue node can be reached; a queue node always reaches itself once it
/// has joined. Otherwise <see cref="OrphanRule"/> decides. Akka creates an instance for each actor system, through
/// <see cref="DowningGuardProvider"/>.
/// </summary>
/// <remarks>
/// <code>
/// resolving (the resolver runs) --no queue node reachable--> orphaned (no resolver) --a queue node reachable--> resolving
///                                                                |
///                                                                +-- the cluster lives elsewhere --> this node leaves and joins again
/// </code>
/// The resolver decides six seconds after the last change at the earliest, and this actor checks every second, so the resolver is stopped
/// in time. A new resolver reads the cluster's state when it starts, and must share no state with the old resolver: see
/// <see cref="DowningGuardProvider"/>.
/// </remarks>
/// <param name="cluster">The cluster.</param>
/// <param name="resolver">Creates the props of a resolver, called for each start.</param>
/// <param name="services">The registry, the clock, the log.</param>
internal sealed class DowningGuard(Akka.Cluster.Cluster cluster, Func<Props> resolver, DowningGuardSetup services)
    : UntypedActor, IWithTimers
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private readonly string _self = cluster.SelfAddress.HostAndPort();
    private readonly long _started = services.Time.GetTimestamp();
    private readonly CancellationTokenSource _stopped = new();
    private IActorRef _resolver = ActorRefs.Nobody;
    private OrphanRule? _rule;
    private bool _isAsking;
    private bool _hasLeft;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        StartResolver();
        Timers.StartPeriodicTimer(Poll.Instance, Poll.Instance, PollInterval);
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Poll: CheckReachability(); break;
            case ResolverFailed: if (_rule is null) StartResolver(); break;
            case RegistryRead m: _isAsking = false; Decide(m.Rows); break;
            case RegistryRemoved m: _isAsking = false; Remove(m.Nodes); break;
            // An error of this program. Without an answer of the registry the wait ends after OrphanRule.UndecidedLimit.
            case Status.Failure m: _isAsking = false; ClusterLog.GuardFailed(services.Logger, m.Cause); Decide(null); break;
            default: Unhandled(message); break;
        }
    }

    private void CheckReachability()
    {
        if (OrphanRule.Applies(Members(), _self)) StopResolver();
        else ResumeResolver();
    }

    private void ResumeResolver()
    {
        if (_rule is null) return;
        _rule = null;
        ClusterLog.QueueNodesBack(services.Logger);
        StartResolver();
    }

    private void StopResolver()
    {
        if (_rule is null)
        {
            _rule = new OrphanRule(_self);
            Context.Stop(_resolver);
            ClusterLog.NoQueueNodes(services.Logger);
        }

        if (_isAsking || _hasLeft) return;
        _isAsking = true;
        ReadAsync(_stopped.Token).PipeTo(Self);
    }

    private void Decide(IReadOnlyList<NodeRow>? rows)
    {
        var members = Members();
        if (_rule is null || _hasLeft || !OrphanRule.Applies(members, _self)) return;
        switch (_rule.Decide(members, rows, services.Time.GetElapsedTime(_started)))
        {
            case OrphanStep.Wait: break;
            case OrphanStep.Leave step: Leave(step.Reason); break;
            case OrphanStep.Remove step: _isAsking = true; RemoveFromRegistryAsync(step.Silent, _stopped.Token).PipeTo(Self); break;
            default: throw new InvalidOperationException("unknown step");
        }
    }

    private void Leave(string reason)
    {
        _hasLeft = true;
        ClusterLog.Leaving(services.Logger, reason);
        cluster.Down(cluster.SelfAddress);
    }

    // Akka admits new nodes only when all members not declared dead have seen the last change, so dead queue nodes have to be removed
    // first.
    private void Remove(IReadOnlyList<NodeRow> nodes)
    {
        foreach (var member in cluster.State.Members)
        {
            if (IsOut(member)
                || !nodes.Any(node => node.Address == member.Address.HostAndPort() && node.Incarnation == Incarnation(member)))
                continue;
            ClusterLog.Removing(services.Logger, member.Address.HostAndPort());
            cluster.Down(member.Address);
        }
    }

    private void StartResolver() => _resolver = Context.ActorOf(resolver().WithDispatcher(Context.Props.Dispatcher));

    // Akka would restart a failed resolver with the same props, which hold the members known to the resolver before.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        ClusterLog.GuardFailed(services.Logger, cause);
        Self.Tell(ResolverFailed.Instance);
        return Directive.Stop;
    });

    // An outage of the database is not logged here, because ClusterJoin logs it.
    private async Task<RegistryRead> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return new RegistryRead(await services.Registry.ReadAsync(cancellationToken));
        }
        catch (RegistryException)
        {
            return new RegistryRead(null);
        }
    }

    private async Task<RegistryRemoved> RemoveFromRegistryAsync(IReadOnlyList<NodeRow> nodes, CancellationToken cancellationToken)
    {
        var gone = new List<NodeRow>();
        try
        {
            foreach (var node in nodes) if (await services.Registry.RemoveAsync(node, cancellationToken)) gone.Add(node);
        }
        catch (RegistryException)
        {
            // The next poll tries again.
        }

        return new RegistryRemoved(gone);
    }

    // Another actor maintains the cluster state, which may be older than an event. So the state is polled and its events are not used.
    private List<MemberState> Members()
    {
        var state = cluster.State;
        return
        [
            .. state.Members.Select(member => new MemberState(
                member.Address.HostAndPort(), Incarnation(member), QueueNodes.IsOne(member), !state.Unreachable.Contains(member),
                IsOut(member))),
        ];
    }

    private static bool IsOut(Member member) => member.Status is MemberStatus.Down or MemberStatus.Exiting or MemberStatus.Removed;

    private static long Incarnation(Member member) => (uint)member.UniqueAddress.Uid;

    private abstract record Local : INoSerializationVerificationNeeded;

    private sealed record Poll : Local
    {
        public static readonly Poll Instance = new();
    }

    private sealed record ResolverFailed : Local
    {
        public static readonly ResolverFailed Instance = new();
    }

    private sealed record RegistryRead(IReadOnlyList<NodeRow>? Rows) : Local;

    private sealed record RegistryRemoved(IReadOnlyList<NodeRow> Nodes) : Local;
}
