using Postfleet.Core.Queueing;
namespace Postfleet.Contracts.Queueing;

/// <summary>
/// Hands committed parts to their queues: sends each until it is acknowledged. An offer never blocks and never fails: what exceeds its
/// window is left to the sweeper, since the part rows in the spool hold it.
/// </summary>
public interface IHandOff
{
    /// <summary>Takes parts that the spool has committed.</summary>
    void Offer(ReadOnlySpan<PendingPart> parts);

    /// <summary>
    /// Holds up who is about to accept a message while queues are behind with those that were accepted before; for a second at most.
    /// </summary>
    /// <exception cref="OperationCanceledException">The waiting was given up.</exception>
    ValueTask WaitForCapacityAsync(CancellationToken cancellationToken);
}
