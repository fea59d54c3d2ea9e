using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Liveness;

/// <summary>Counts the queue nodes that the cluster's failure detectors reach.</summary>
/// <remarks>It looks again every second: another actor keeps the cluster's view of itself, and that may be behind the event that says that
/// it has changed.</remarks>
internal sealed class QueueNodeWatch(QueueNodeReachability reachability, ILogger logger) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        // Not when the last actor system ended: its destinations end after this actor, and must not begin anything in between.
        reachability.Reset();
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot,
            [typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent)]);
        Timers.StartPeriodicTimer(Look.Instance, Look.Instance, LookInterval);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        var state = _cluster.State;
        var queues = state.Members.Where(QueueNodes.IsOne).ToList();
        var reachable = queues.Count(member => !state.Unreachable.Contains(member));
        if (!reachability.Count(queues.Count, reachable)) return;
        if (reachability.IsReachable) ClusterLog.QuorumBack(logger, reachable, queues.Count);
        else ClusterLog.QuorumLost(logger, reachable, queues.Count);
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
