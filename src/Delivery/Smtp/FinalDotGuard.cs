using Postfleet.Contracts;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// The check before the final dot, after which a message cannot be recalled. It passes if the destination still has time to receive the
/// outcome, this process has not stalled since the job arrived, and the queue nodes are reachable: then no other node can have taken over
/// the attempt. One value for each attempt.
/// </summary>
/// <param name="Stalls">Detects stalls of this process; null where a stall does no harm.</param>
/// <param name="Mark">The stall detector's mark at the time when the job arrived.</param>
/// <param name="Stopped">Cancelled when the destination's time is over; cancels every wait before the final dot.</param>
/// <param name="QueueNodes">Reports whether queue nodes are reachable; null where reachability does not matter.</param>
internal readonly record struct FinalDotGuard(
    IStallDetector? Stalls, long Mark, CancellationToken Stopped, IQueueNodeReachability? QueueNodes = null)
{
    /// <summary>Whether the final dot may be sent at this moment.</summary>
    public bool IsOpen => !Stopped.IsCancellationRequested && Stalls?.IsSteady(Mark) != false && QueueNodes?.MayFinish != false;
}
