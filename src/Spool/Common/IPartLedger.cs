using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>
/// What the spool does when an attempt has ended with something final. In one transaction, and only if the part's row is there and has no
/// report of this attempt or a later one: the notification is stored; then the part is deleted if it is done, else the report's number
/// is kept in its row. The message's row goes with its last part. Repeating a settlement changes nothing.
/// </summary>
/// <param name="Part">The part.</param>
/// <param name="Attempt">Number of the attempt that this reports.</param>
/// <param name="IsFinal">Whether no recipient is open any more.</param>
/// <param name="Notification">A DSN to the sender, or null.</param>
public sealed record Settlement(PartId Part, int Attempt, bool IsFinal, NewMessage? Notification)
{
    /// <summary>
    /// What is kept for a report about the whole message, or null: instead of a notification, where other parts of the message may have
    /// something to report, too. It is stored as a notification would be; see <see cref="IReportStore"/>.
    /// </summary>
    public NotedReport? Note { get; init; }

    /// <summary>
    /// The outcomes of the attempt, or null. Where the ledger keeps outcomes (<see cref="IPartLedger.KeepsOutcomes"/>), their rows are
    /// written in the same transaction, and only where the settlement applies.
    /// </summary>
    public PartOutcomes? Outcomes { get; init; }
}

/// <summary>What a settlement did.</summary>
/// <param name="Applied">Whether the part was there and this report was new to it.</param>
/// <param name="NotificationStored">Whether the notification was stored by this call, and so is to be handed off by the caller.</param>
public readonly record struct SettlementResult(bool Applied, bool NotificationStored)
{
    /// <summary>
    /// Whether this was the message's last part and something is noted for a report: nothing more can come, so it is to be made now.
    /// </summary>
    public bool IsReportDue { get; init; }
}

/// <summary>
/// The rows that say which parts are open and which queue owns them: settled, marked and looked up by queues and sweepers. Writes go
/// through the group commit: callers that wait at the same moment share a transaction. Thread-safe.
/// </summary>
/// <remarks>A storage that fails makes a method throw <see cref="SpoolUnavailableException"/>; the caller tries again later.</remarks>
public interface IPartLedger
{
    /// <summary>
    /// Whether outcomes of recipients are kept. If not, callers need not pass them, and those that are passed are dropped.
    /// </summary>
    bool KeepsOutcomes { get; }

    /// <summary>Settles a part.</summary>
    ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the outcomes of an event that settles nothing, such as an attempt that was deferred, in the group commit of other work.
    /// Recording an event again changes nothing. Events of a part that is gone are dropped: the part was settled since, with its outcomes.
    /// </summary>
    /// <param name="part">The part.</param>
    /// <param name="number">The number of the event.</param>
    /// <param name="outcomes">The outcomes.</param>
    /// <param name="cancellationToken">Ends the wait only before the commit began.</param>
    ValueTask RecordAsync(PartId part, int number, PartOutcomes outcomes, CancellationToken cancellationToken);

    /// <summary>Marks parts as owned by their queues, so that the sweeper passes them over. Parts that are gone are passed over.</summary>
    ValueTask MarkHandedOffAsync(IReadOnlyList<PartId> parts, CancellationToken cancellationToken);

    /// <summary>
    /// Gives all parts of a queue back, for a queue that has lost some of its events: no queue owns them any more, so that the sweeper
    /// offers them again, and no report counts as made, since their attempts are counted anew. Reads the whole table: for damaged storage
    /// only.
    /// </summary>
    /// <returns>How many parts the queue has.</returns>
    ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken);

    /// <summary>Says which of some messages still have a part in a queue.</summary>
    ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken);

    /// <summary>Lists parts without a hand-off mark that were accepted before a time, oldest first.</summary>
    /// <param name="acceptedBefore">The time.</param>
    /// <param name="after">The part where the last page ended; null for the first page.</param>
    /// <param name="limit">Most parts to list.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken);
}
