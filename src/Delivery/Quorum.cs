using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Protocol;

namespace Postfleet.Delivery;

/// <summary>
/// Whether this node reaches the nodes that can record what it does. On the losing side of a split no outcome reaches its queue, and the winning side makes the same
/// attempts again: so none is begun here until the split has healed or the node has been given up.
/// </summary>
internal sealed class Quorum(TimeProvider time)
{
    /// <summary>
    /// How long an attempt that has begun may still be finished without it. A side that has won a split gives the destinations to other nodes 10 s after it has
    /// lost sight of this one at the earliest, and the two sides lose sight of each other two seconds apart at most.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(6);

    private volatile Loss? _loss;

    /// <summary>Whether it does.</summary>
    public bool IsThere => _loss is null;

    /// <summary>Whether what has begun may be finished: it does, or has done so a moment ago.</summary>
    public bool MayFinish => _loss is not { } loss || time.GetElapsedTime(loss.Since) < Grace;

    /// <summary>
    /// Of so many queue nodes so many can be reached. Half of them is enough: which half goes on is not known before it has been decided. That there is none at
    /// all changes nothing: before the first has come there is no mail, and when all have died and been removed it is still lost.
    /// </summary>
    /// <returns>Whether this changes anything.</returns>
    public bool Count(int all, int reachable)
    {
        var isThere = all == 0 ? IsThere : reachable * 2 >= all;
        if (isThere == IsThere) return false;
        if (isThere) Reset();
        else _loss = new Loss(time.GetTimestamp(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return true;
    }

    /// <summary>Forgets what was counted.</summary>
    public void Reset()
    {
        var loss = _loss;
        _loss = null;
        loss?.Over.SetResult();
    }

    /// <summary>Waits until it does.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _loss?.Over.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    private sealed record Loss(long Since, TaskCompletionSource Over);
}

/// <summary>Counts the queue nodes that the cluster's failure detectors reach.</summary>
/// <remarks>It looks again every second: another actor keeps the cluster's view of itself, and that may be behind the event that says that it has changed.</remarks>
internal sealed class QuorumWatch(Quorum quorum, ILogger logger) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster = Cluster.Get(Context.System);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        // Not when the last actor system ended: its destinations end after this actor, and must not begin anything in between.
        quorum.Reset();
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, [typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent)]);
        Timers.StartPeriodicTimer(Look.Instance, Look.Instance, LookInterval);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        var state = _cluster.State;
        var queues = state.Members.Where(QueueNodes.IsOne).ToList();
        var reachable = queues.Count(member => !state.Unreachable.Contains(member));
        if (!quorum.Count(queues.Count, reachable)) return;
        if (quorum.IsThere) logger.QuorumBack(reachable, queues.Count);
        else logger.QuorumLost(reachable, queues.Count);
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
