using Postfleet.Contracts;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// What an attempt has to pass before its final dot, after which nobody can take it back: its destination still has the time to hear of its
/// end, and this process has not stood still since the job came and is not cut off from the queues, so that no other node has taken it
/// over.
/// </summary>
/// <param name="Stalls">Says whether this process stood still; null where that does not matter.</param>
/// <param name="Mark">The detector's mark when the job came.</param>
/// <param name="Stopped">Cancelled when the destination's time is over: ends whatever the attempt waits for before its final dot.</param>
/// <param name="QueueNodes">Says whether the queues can be reached; null where that does not matter.</param>
internal readonly record struct FinalDotGuard(
    IStallDetector? Stalls, long Mark, CancellationToken Stopped, IQueueNodeReachability? QueueNodes = null)
{
    /// <summary>Whether the attempt may be finished, if that is done this moment.</summary>
    public bool IsOpen => !Stopped.IsCancellationRequested && Stalls?.IsSteady(Mark) != false && QueueNodes?.MayFinish != false;
}
