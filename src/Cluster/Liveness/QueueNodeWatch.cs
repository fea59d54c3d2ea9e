using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Liveness;

/// <summary>
/// Counts the queue nodes reached by the cluster's failure detectors, for <see cref="QueueNodeReachability"/>. One actor for each actor
/// system of a delivery node.
/// </summary>
/// <remarks>
/// The actor counts on events and also every second, because another actor maintains the cluster state, which may be older than the event.
/// </remarks>
internal sealed class QueueNodeWatch(QueueNodeReachability reachability, ILogger logger) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        // The reset is not in PostStop: destinations of the last actor system end after this actor, and must not begin attempts in between.
        reachability.Reset();
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot,
            [typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent)]);
        Timers.StartPeriodicTimer(Poll.Instance, Poll.Instance, PollInterval);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        var state = _cluster.State;
        var queues = state.Members.Where(QueueNodes.IsOne).ToList();
        var reachable = queues.Count(member => !state.Unreachable.Contains(member));
        if (!reachability.Update(queues.Count, reachable)) return;
        if (reachability.IsReachable) ClusterLog.QuorumReachable(logger, reachable, queues.Count);
        else ClusterLog.QuorumUnreachable(logger, reachable, queues.Count);
    }

    private sealed record Poll : INoSerializationVerificationNeeded
    {
        public static readonly Poll Instance = new();
    }
}
