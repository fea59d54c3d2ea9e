using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>
/// The change of a part after an attempt with a final outcome, made in a single transaction. The transaction has an effect only if the row
/// of the part exists and has no report of the same or a later attempt: it stores the notification and deletes the part, or, if recipients
/// are left, keeps the attempt number in the row. The row of the message is deleted with its last part. Repeating a settlement changes
/// nothing.
/// </summary>
/// <param name="Part">The part.</param>
/// <param name="Attempt">Number of the reported attempt.</param>
/// <param name="IsFinal">Whether no recipient is left.</param>
/// <param name="Notification">A DSN to the sender, or null.</param>
public sealed record Settlement(PartId Part, int Attempt, bool IsFinal, NewMessage? Notification)
{
    /// <summary>
    /// A note for a later report about the whole message, or null. It replaces the notification if other parts of the message may have
    /// outcomes to report too, and is stored in the same transaction; see <see cref="IReportStore"/>.
    /// </summary>
    public NotedReport? Note { get; init; }

    /// <summary>
    /// The outcomes of the attempt, or null. Where the ledger keeps outcomes (<see cref="IPartLedger.KeepsOutcomes"/>), their rows are
    /// written in the same transaction, and only where the settlement applies.
    /// </summary>
    public PartOutcomes? Outcomes { get; init; }

    /// <summary>
    /// For a final settlement: the queue in which the part's open recipients continue, or null. The transaction then replaces the row of
    /// the part by an unclaimed row of this queue, with the same acceptance and envelope. The new row has the number of the settlement, so
    /// it counts as settled and recorded up to there.
    /// </summary>
    public PartMove? Move { get; init; }
}

/// <summary>The target of a part that an operator moves.</summary>
/// <param name="To">The queue, of which the message has no part.</param>
/// <param name="State">The state with which the part continues.</param>
public sealed record PartMove(QueueKey To, MovedPart State);

/// <summary>The effect of a settlement.</summary>
/// <param name="Applied">
/// Whether the part existed and the report was new to it. If so, the notification is stored, and the caller hands it off.
/// </param>
/// <param name="IsReportDue">
/// Whether the settled part was the last part of its message and notes for a report exist. No further note can follow, so the caller makes
/// the report.
/// </param>
public readonly record struct SettlementResult(bool Applied, bool IsReportDue);

/// <summary>
/// The rows of open parts with the marks of their owning queues. Queues and sweepers settle, mark and look up parts. Writes go through the
/// group commit: callers waiting at the same moment share a transaction. Thread-safe.
/// </summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails; the caller tries again later.</remarks>
public interface IPartLedger
{
    /// <summary>
    /// Whether outcomes of recipients are kept. If not, callers need not pass outcomes, and passed outcomes are dropped.
    /// </summary>
    bool KeepsOutcomes { get; }

    /// <summary>Settles a part.</summary>
    ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the outcomes of an event without a settlement, for example of a deferred attempt, in the group commit of other work.
    /// Recording an event again changes nothing. Events of a missing part are dropped: the part was settled since, with its outcomes.
    /// </summary>
    /// <param name="part">The part.</param>
    /// <param name="number">The number of the event.</param>
    /// <param name="outcomes">The outcomes.</param>
    /// <param name="cancellationToken">Ends the wait only before the commit began.</param>
    ValueTask RecordAsync(PartId part, int number, PartOutcomes outcomes, CancellationToken cancellationToken);

    /// <summary>
    /// Marks parts as owned by their queues: the sweeper skips them. Missing parts, and parts moved another number of times, are skipped.
    /// </summary>
    ValueTask MarkHandedOffAsync(IReadOnlyList<PartMark> parts, CancellationToken cancellationToken);

    /// <summary>
    /// Removes the marks and the attempt numbers from all parts of a queue with lost events. The sweeper then offers the
    /// parts again, and the queue counts their attempts from 1. Reads the whole table: for damaged storage only.
    /// </summary>
    /// <returns>The number of the queue's parts.</returns>
    ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken);

    /// <summary>
    /// The messages of a list with a part in a queue, with the state of moved parts, null for others. A part whose state cannot be read is
    /// logged and left out.
    /// </summary>
    ValueTask<IReadOnlyDictionary<MessageId, MovedPart?>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken);

    /// <summary>Lists parts without a hand-off mark accepted before a time, oldest first.</summary>
    /// <param name="acceptedBefore">The time.</param>
    /// <param name="after">The part where the last page ended; null for the first page.</param>
    /// <param name="limit">Most parts to list.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken);
}
