using Postfleet.Contracts;

namespace Postfleet.Cluster.Liveness;

/// <summary>
/// Whether this node reaches the nodes that can record what it does. On the losing side of a split no outcome reaches its queue, and the
/// winning side makes the same attempts again: so none is begun here until the split has healed or the node has been given up.
/// </summary>
internal sealed class QueueNodeReachability(TimeProvider time) : IQueueNodeReachability
{
    /// <summary>
    /// How long an attempt that has begun may still be finished without it. A side that has won a split gives the destinations to other
    /// nodes 10 s after it has lost sight of this one at the earliest, and the two sides lose sight of each other two seconds apart at
    /// most.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(6);

    private volatile Loss? _loss;

    /// <inheritdoc/>
    public bool IsReachable => _loss is null;

    /// <inheritdoc/>
    public bool MayFinish => _loss is not { } loss || time.GetElapsedTime(loss.Since) < Grace;

    /// <summary>
    /// Of so many queue nodes so many can be reached. Half of them is enough: which half goes on is not known before it has been decided.
    /// That there is none at all changes nothing: before the first has come there is no mail, and when all have died and been removed it is
    /// still lost.
    /// </summary>
    /// <returns>Whether this changes anything.</returns>
    public bool Count(int all, int reachable)
    {
        var isReachable = all == 0 ? IsReachable : reachable * 2 >= all;
        if (isReachable == IsReachable) return false;
        if (isReachable) Reset();
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

    /// <inheritdoc/>
    public Task WaitAsync(CancellationToken cancellationToken) => _loss?.Over.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    private sealed record Loss(long Since, TaskCompletionSource Over);
}
