using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Logging;

namespace Postfleet.Delivery;

/// <summary>
/// Whether this node reaches the nodes that can record what it does. On the losing side of a split no outcome reaches its queue, and the winning side makes the same
/// attempts again: so none is begun here until the split has healed or the node has been given up.
/// </summary>
internal sealed class Quorum
{
    private volatile TaskCompletionSource? _lost;

    /// <summary>Whether it does.</summary>
    public bool IsThere => _lost is null;

    /// <summary>Of so many queue nodes so many can be reached. Half of them is enough: which half goes on is not known before it has been decided.</summary>
    /// <returns>Whether this changes anything.</returns>
    public bool Count(int all, int reachable)
    {
        var isThere = reachable * 2 >= all;
        if (isThere == IsThere) return false;
        var lost = _lost;
        _lost = isThere ? null : new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lost?.SetResult();
        return true;
    }

    /// <summary>Waits until it does.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _lost?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;
}

/// <summary>Counts the queue nodes that the cluster's failure detectors reach.</summary>
internal sealed class QuorumWatch(Quorum quorum, ILogger logger) : UntypedActor
{
    private const string QueueRole = "queue";

    private readonly Cluster _cluster = Cluster.Get(Context.System);

    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, [typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent)]);

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        // Nothing runs on without an actor system; the next one counts anew.
        quorum.Count(0, 0);
    }

    protected override void OnReceive(object message)
    {
        var state = _cluster.State;
        var queues = state.Members.Where(member => member.HasRole(QueueRole) && member.Status is MemberStatus.Up or MemberStatus.Leaving).ToList();
        var reachable = queues.Count(member => !state.Unreachable.Contains(member));
        if (!quorum.Count(queues.Count, reachable)) return;
        if (quorum.IsThere) logger.QuorumBack(reachable, queues.Count);
        else logger.QuorumLost(reachable, queues.Count);
    }
}
