namespace Postfleet.Contracts;

/// <summary>
/// Says whether this node reaches enough queue nodes for the outcome of an attempt to be recorded. Asked before an attempt and before its
/// final dot. Safe on any thread.
/// </summary>
public interface IQueueNodeReachability
{
    /// <summary>Whether at least half of the queue nodes can be reached.</summary>
    bool IsReachable { get; }

    /// <summary>Whether a begun attempt may be finished: enough queue nodes can be reached, or could be reached a moment ago.</summary>
    bool MayFinish { get; }

    /// <summary>Waits until enough queue nodes can be reached.</summary>
    Task WaitAsync(CancellationToken cancellationToken);
}
