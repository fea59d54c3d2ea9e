using Postfleet.Cluster.Liveness;
using Postfleet.Contracts;
using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>A process's knowledge of itself: its stalls, and whether it reaches enough queue nodes.</summary>
internal sealed class Liveness(World world, Node node) : IStallDetector, IQueueNodeReachability
{
    private readonly List<Action> _waiting = [];
    private readonly QueueNodeReachability _queueNodes = new(world.Time);
    private DateTimeOffset _doubtfulUntil;

    /// <summary>Remaining wait before the process may assume to be still a member of the cluster.</summary>
    public TimeSpan Doubt => _doubtfulUntil - world.Scheduler.Now;

    /// <summary>Number of stalls detected by the process.</summary>
    public long Stalls { get; private set; }

    public bool IsRecovering => Doubt > TimeSpan.Zero;

    public bool IsReachable => _queueNodes.IsReachable;

    public bool MayFinish => _queueNodes.MayFinish;

    public long Mark() => Stalls;

    public bool IsSteady(long mark) => Stalls == mark;

    /// <summary>The process wakes up after a stall.</summary>
    public void StoodStill()
    {
        Stalls++;
        _doubtfulUntil = world.Scheduler.Now + StallDetector.Recovery;
    }

    /// <summary>Updates the numbers of queue nodes.</summary>
    public void Count(int all, int reachable)
    {
        if (!_queueNodes.Update(all, reachable)) return;
        world.Trace?.Add($"{node} reaches {reachable} of {all} queue nodes");
        if (!IsReachable) return;
        foreach (var waiting in _waiting) node.After(TimeSpan.Zero, waiting);
        _waiting.Clear();
    }

    /// <summary>Continues once the last stall is long enough ago.</summary>
    public void Recover(Action next)
    {
        if (!IsRecovering || world.Breaks(BrokenRule.RecoveryNotAwaited)) next();
        else node.Start(Doubt, () => Recover(next));
    }

    /// <summary>Continues once enough queue nodes can be reached.</summary>
    public void AwaitQueueNodes(Action next)
    {
        if (IsReachable || world.Breaks(BrokenRule.QueueNodesNotAwaited)) next();
        else _waiting.Add(() => AwaitQueueNodes(next));
    }

    Task IStallDetector.RecoverAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IQueueNodeReachability.WaitAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
