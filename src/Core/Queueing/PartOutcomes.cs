namespace Postfleet.Core.Queueing;

/// <summary>
/// The outcomes of one event of a queue for recipients of one part. Recipients are named by their indexes: no address leaves the spool on
/// the way of an outcome. Together with the part and the number of the event it is what history needs to know of the event.
/// </summary>
/// <param name="Cause">The kind of the event.</param>
/// <param name="At">When the event happened, by the queue's clock.</param>
/// <param name="Recipients">The outcomes, at least one; each recipient is in one of them at most.</param>
public sealed record PartOutcomes(ReportCause Cause, DateTimeOffset At, IReadOnlyList<RecipientOutcome> Recipients);
