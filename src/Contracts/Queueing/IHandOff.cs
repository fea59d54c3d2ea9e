using Postfleet.Core.Queueing;
namespace Postfleet.Contracts.Queueing;

/// <summary>One part to be handed to its queue.</summary>
/// <param name="Part">The part.</param>
/// <param name="Recipients">How many recipients it has.</param>
/// <param name="AcceptedAt">When its message was committed to the spool; the queue lifetime counts from here.</param>
public readonly record struct HandOffPart(PartId Part, int Recipients, DateTimeOffset AcceptedAt);

/// <summary>
/// Hands committed parts to their queues: sends each until it is acknowledged. An offer never blocks and never fails: what exceeds its
/// window is left to the sweeper, since the part rows in the spool hold it.
/// </summary>
public interface IHandOff
{
    /// <summary>Takes parts that the spool has committed.</summary>
    void Offer(ReadOnlySpan<HandOffPart> parts);

    /// <summary>
    /// Holds up who is about to accept a message while queues are behind with those that were accepted before; for a second at most.
    /// </summary>
    /// <exception cref="OperationCanceledException">The waiting was given up.</exception>
    ValueTask WaitForCapacityAsync(CancellationToken cancellationToken);
}
