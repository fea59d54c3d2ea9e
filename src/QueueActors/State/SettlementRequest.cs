using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>Something that the spool has not confirmed: a part to be deleted, recipients to be reported to the sender, or
/// both. A delay is reported in the same way, and leaves all as it is.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The attempt that this reports.</param>
/// <param name="IsFinal">Whether the part is done and to be deleted.</param>
/// <param name="AcceptedAt">When the message was accepted.</param>
/// <param name="Cause">Why there is something to report.</param>
/// <param name="Reported">The recipients that the sender may have to be told of; empty when all is well and nothing was asked.</param>
internal sealed record SettlementRequest(
    MessageId Message,
    int Attempt,
    bool IsFinal,
    DateTimeOffset AcceptedAt,
    ReportCause Cause,
    IReadOnlyList<RecipientOutcome> Reported);
