namespace Postfleet.Core.Queueing;

/// <summary>
/// The outcomes of recipients of a part in one event of its queue, for history. Recipients are named by their indexes, since only the spool
/// knows addresses. The part and the number of the event identify the event.
/// </summary>
/// <param name="Cause">The kind of the event.</param>
/// <param name="At">When the event happened, by the queue's clock.</param>
/// <param name="Recipients">The outcomes, at least one; each recipient is in one of them at most.</param>
public sealed record PartOutcomes(ReportCause Cause, DateTimeOffset At, IReadOnlyList<RecipientOutcome> Recipients)
{
    /// <summary>How the attempt reached the remote host; null for an event without an attempt, or where no host was reached.</summary>
    public AttemptDetails? Details { get; init; }
}
