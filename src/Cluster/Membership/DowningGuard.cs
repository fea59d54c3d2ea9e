using Akka.Actor;
using Akka.Cluster;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Parent of a node's split brain resolver. The resolver runs while a queue node can be reached, which on a queue node is so as soon as it
/// has been let in; else
/// <see cref="OrphanRule"/> decides.
/// </summary>
/// <remarks>
/// <code>
/// guided (the resolver runs) --no queue node can be reached--> orphaned (it does not) --one can be reached--> guided
///                                                                  |
///                                                                  +-- the cluster lives elsewhere --> this node is declared dead by
/// itself, and joins anew
/// </code>
/// The resolver decides six seconds after the last change at the earliest, and this actor looks every second, so it is stopped in time. A
/// resolver that is started later reads the cluster's state anew. It must be a new one in every respect: see
/// <see cref="DowningGuardProvider"/>.
/// </remarks>
/// <param name="cluster">The cluster.</param>
/// <param name="resolver">Makes the props of one resolver; each start asks for its own.</param>
/// <param name="services">The registry, the clock, the log.</param>
internal sealed class DowningGuard(Akka.Cluster.Cluster cluster, Func<Props> resolver, DowningGuardSetup services)
    : UntypedActor, IWithTimers
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly string _self = Name(cluster.SelfAddress);
    private readonly long _started = services.Time.GetTimestamp();
    private readonly CancellationTokenSource _stopped = new();
    private IActorRef _resolver = ActorRefs.Nobody;
    private OrphanRule? _rule;
    private bool _isAsking;
    private bool _hasGivenUp;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        StartResolver();
        Timers.StartPeriodicTimer(Look.Instance, Look.Instance, LookInterval);
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
            case Look: LookAround(); break;
            case ResolverFailed: if (_rule is null) StartResolver(); break;
            case Seen m: _isAsking = false; Decide(m.Rows); break;
            case TakenOut m: _isAsking = false; Remove(m.Nodes); break;
            // A fault of this program; that nothing is known of the registry ends the wait some time.
            case Status.Failure m: _isAsking = false; ClusterLog.GuardFailed(services.Logger, m.Cause); Decide(null); break;
            default: Unhandled(message); break;
        }
    }

    private void LookAround()
    {
        if (OrphanRule.Applies(Members(), _self)) Orphaned();
        else Guided();
    }

    private void Guided()
    {
        if (_rule is null) return;
        _rule = null;
        ClusterLog.QueueNodesBack(services.Logger);
        StartResolver();
    }

    private void Orphaned()
    {
        if (_rule is null)
        {
            _rule = new OrphanRule(_self);
            Context.Stop(_resolver);
            ClusterLog.NoQueueNodes(services.Logger);
        }

        if (_isAsking || _hasGivenUp) return;
        _isAsking = true;
        ReadAsync(_stopped.Token).PipeTo(Self);
    }

    private void Decide(IReadOnlyList<NodeRow>? rows)
    {
        var members = Members();
        if (_rule is null || _hasGivenUp || !OrphanRule.Applies(members, _self)) return;
        switch (_rule.Look(members, rows, services.Time.GetElapsedTime(_started)))
        {
            case OrphanStep.Wait: break;
            case OrphanStep.GiveUp step: GiveUp(step.Reason); break;
            case OrphanStep.Remove step: _isAsking = true; TakeOutAsync(step.Silent, _stopped.Token).PipeTo(Self); break;
            default: throw new InvalidOperationException("unknown step");
        }
    }

    private void GiveUp(string reason)
    {
        _hasGivenUp = true;
        ClusterLog.GivingUp(services.Logger, reason);
        cluster.Down(cluster.SelfAddress);
    }

    // Dead queue nodes keep new ones from being let in until they are out: all living members, and those that are not declared dead, must
    // have seen a change.
    private void Remove(IReadOnlyList<NodeRow> nodes)
    {
        foreach (var member in cluster.State.Members)
        {
            if (IsOut(member) || !nodes.Any(node => node.Address == Name(member.Address) && node.Incarnation == Incarnation(member)))
                continue;
            ClusterLog.Removing(services.Logger, Name(member.Address));
            cluster.Down(member.Address);
        }
    }

    private void StartResolver() => _resolver = Context.ActorOf(resolver().WithDispatcher(Context.Props.Dispatcher));

    // Akka would start a resolver that failed with the same props, and so with the members that it knew before.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        ClusterLog.GuardFailed(services.Logger, cause);
        Self.Tell(ResolverFailed.Instance);
        return Directive.Stop;
    });

    // That the database does not answer is in the log by the beats that it does not take either.
    private async Task<Seen> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return new Seen(await services.Registry.ReadAsync(cancellationToken));
        }
        catch (RegistryException)
        {
            return new Seen(null);
        }
    }

    private async Task<TakenOut> TakeOutAsync(IReadOnlyList<NodeRow> nodes, CancellationToken cancellationToken)
    {
        var gone = new List<NodeRow>();
        try
        {
            foreach (var node in nodes) if (await services.Registry.TakeOutAsync(node, cancellationToken)) gone.Add(node);
        }
        catch (RegistryException)
        {
            // The next look shows whether it answers again.
        }

        return new TakenOut(gone);
    }

    // The cluster's view of itself, which another actor keeps: it may be a moment behind, so it is looked at again and again and not at its
    // changes.
    private List<MemberView> Members()
    {
        var state = cluster.State;
        return
        [
            .. state.Members.Select(member => new MemberView(
                Name(member.Address), Incarnation(member), QueueNodes.IsOne(member), !state.Unreachable.Contains(member), IsOut(member))),
        ];
    }

    private static bool IsOut(Member member) => member.Status is MemberStatus.Down or MemberStatus.Exiting or MemberStatus.Removed;

    private static string Name(Address address) => $"{address.Host}:{address.Port}";

    private static long Incarnation(Member member) => (uint)member.UniqueAddress.Uid;

    private abstract record Local : INoSerializationVerificationNeeded;

    private sealed record Look : Local
    {
        public static readonly Look Instance = new();
    }

    private sealed record ResolverFailed : Local
    {
        public static readonly ResolverFailed Instance = new();
    }

    private sealed record Seen(IReadOnlyList<NodeRow>? Rows) : Local;

    private sealed record TakenOut(IReadOnlyList<NodeRow> Nodes) : Local;
}
