using Postfleet.Core.Queueing;
namespace Postfleet.Contracts.Queueing;

/// <summary>
/// Hands committed parts to their queues and repeats each until it is acknowledged. An offer never blocks and never fails: parts beyond the
/// window are left to the sweeper, since the spool holds them.
/// </summary>
public interface IHandOff
{
    /// <summary>Accepts parts that the spool has committed.</summary>
    void Offer(ReadOnlySpan<PendingPart> parts);

    /// <summary>
    /// Delays the acceptance of a message while queues are behind with earlier messages; for a second at most.
    /// </summary>
    /// <exception cref="OperationCanceledException">The waiting was given up.</exception>
    ValueTask WaitForCapacityAsync(CancellationToken cancellationToken);
}
