using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>Something final that the spool has not confirmed: a part to be deleted, failures to be reported to the sender, or both.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The attempt that this reports.</param>
/// <param name="IsFinal">Whether the part is done and to be deleted.</param>
/// <param name="AcceptedAt">When the message was accepted.</param>
/// <param name="IsExpired">Whether the failures come from the end of the queue lifetime.</param>
/// <param name="Failures">The failed recipients; empty when all is well.</param>
internal sealed record SettleReport(
    MessageId Message,
    int Attempt,
    bool IsFinal,
    DateTimeOffset AcceptedAt,
    bool IsExpired,
    IReadOnlyList<RecipientOutcome> Failures);
