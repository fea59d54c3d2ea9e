using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// Hands committed parts to their queues: sends each until it is acknowledged. An offer never blocks and never fails: parts beyond the
/// window are left to the sweeper, since the spool has their rows. Thread-safe.
/// </summary>
internal interface IHandOff
{
    /// <summary>Accepts parts committed by the spool.</summary>
    void Offer(ReadOnlySpan<PendingPart> parts);

    /// <summary>Waits while queues are behind with earlier offers; at most 1 second.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    ValueTask WaitForCapacityAsync(CancellationToken cancellationToken);
}
