using Postfleet.Contracts;

namespace Postfleet.Cluster.Liveness;

/// <summary>
/// Knows whether this node reaches the queue nodes, which record the outcomes of attempts. On the losing side of a split no outcome reaches
/// its queue, and the winning side makes the same attempts again. So no attempt begins here until the split has healed or the node has been
/// removed. <see cref="QueueNodeWatch"/> updates it, connections read it on their threads.
/// </summary>
internal sealed class QueueNodeReachability(TimeProvider time) : IQueueNodeReachability
{
    /// <summary>
    /// How long a running attempt may continue without queue nodes. The winning side of a split moves the destinations to other nodes at
    /// the earliest 10 s after it has lost this node, and the two sides notice the loss at most two seconds apart.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(6);

    private volatile Loss? _loss;

    /// <inheritdoc/>
    public bool IsReachable => _loss is null;

    /// <inheritdoc/>
    public bool MayFinish => _loss is not { } loss || time.GetElapsedTime(loss.Since) < Grace;

    /// <summary>
    /// Updates the numbers of queue nodes. Half of them is enough, because the winning half is not known before the decision. Zero queue
    /// nodes change nothing: before the first queue node there is no mail, and after the removal of all queue nodes they are still
    /// unreachable.
    /// </summary>
    /// <param name="all">All queue nodes of the cluster.</param>
    /// <param name="reachable">The reachable queue nodes.</param>
    /// <returns>Whether <see cref="IsReachable"/> has changed.</returns>
    public bool Update(int all, int reachable)
    {
        var isReachable = all == 0 ? IsReachable : reachable * 2 >= all;
        if (isReachable == IsReachable) return false;
        if (isReachable) Reset();
        else _loss = new Loss(time.GetTimestamp(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return true;
    }

    /// <summary>Forgets a loss, for a new actor system.</summary>
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
