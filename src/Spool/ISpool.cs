using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool;

/// <summary>A part that is stored with a new message.</summary>
/// <param name="Queue">Its queue.</param>
/// <param name="Envelope">Its recipients.</param>
public sealed record NewPart(QueueKey Queue, PartEnvelope Envelope);

/// <summary>A message to be stored: one row, and one row for each part, in one transaction.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="Envelope">What belongs to it as a whole.</param>
/// <param name="Content">Its content.</param>
/// <param name="Parts">Its parts; at least one, each queue once.</param>
public sealed record NewMessage(
    MessageId Id,
    DateTimeOffset AcceptedAt,
    MessageEnvelope Envelope,
    MessageContent Content,
    IReadOnlyList<NewPart> Parts)
{
    /// <summary>The parts for the hand-off after the commit, in the order of <see cref="Parts"/>.</summary>
    public PendingPart[] ToPending()
    {
        var pending = new PendingPart[Parts.Count];
        for (var i = 0; i < pending.Length; i++)
            pending[i] = new PendingPart(Parts[i].Queue, new QueuedPart(Id, Parts[i].Envelope.Recipients.Count, AcceptedAt));
        return pending;
    }
}

/// <summary>What became of a message that was to be stored.</summary>
public enum StoreResult
{
    /// <summary>Committed and flushed to stable storage. Only now may the client be told so.</summary>
    Stored = 1,

    /// <summary>There is no room (<c>452 4.3.1</c>).</summary>
    InsufficientStorage = 2,

    /// <summary>The storage does not answer or fails (<c>451 4.3.0</c>).</summary>
    Unavailable = 3,
}

/// <summary>A part as a delivery reads it.</summary>
/// <param name="Id">Which part.</param>
/// <param name="AcceptedAt">When its message was accepted.</param>
/// <param name="Message">The message's envelope.</param>
/// <param name="Part">The part's envelope.</param>
/// <param name="Content">The message's content.</param>
public sealed record SpooledPart(PartId Id, DateTimeOffset AcceptedAt, MessageEnvelope Message, PartEnvelope Part, MessageContent Content)
{
    /// <summary>
    /// Whether nothing else of the message is left: no other part, and nothing that was noted for a report. Said by
    /// <see cref="ISpool.ReadHeadAsync"/> alone.
    /// </summary>
    public bool IsAlone { get; init; }
}

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
/// Durable message bodies and envelopes, shared by all nodes. All writes go through a group commit: callers that wait at the same moment
/// share a transaction. Thread-safe.
/// </summary>
/// <remarks>Except for <see cref="StoreAsync"/>, whose result says it, a storage that fails makes a method throw
/// <see cref="SpoolUnavailableException"/>; the caller tries again later.</remarks>
public interface ISpool
{
    /// <summary>Stores a message durably. Cancelling gives up waiting only before the commit began.</summary>
    ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken);

    /// <summary>
    /// Reads a part for delivery; null when it is gone, which means that it was settled. The content may come from a cache of what
    /// was just stored here; the cache gives each part out once, so that a second read always asks the storage.
    /// </summary>
    ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken);

    /// <summary>Reads what a DSN about a part needs: envelopes, and the content's first octets, always from storage.</summary>
    /// <param name="part">The part.</param>
    /// <param name="maxContent">How many octets of the content at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken);

    /// <summary>Settles a part.</summary>
    ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken);

    /// <summary>Marks parts as owned by their queues, so that the sweeper passes them over. Parts that are gone are passed over.</summary>
    ValueTask MarkHandedOffAsync(IReadOnlyList<PartId> parts, CancellationToken cancellationToken);

    /// <summary>
    /// Gives all parts of a queue back, for a queue that has lost some of its events: they count as owned by nobody, so that the sweeper
    /// offers them again, and as never reported on, since their attempts are counted anew. Reads the whole table: for damaged storage only.
    /// </summary>
    /// <returns>How many there are.</returns>
    ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken);

    /// <summary>Says which of some messages still have a part in a queue.</summary>
    ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken);

    /// <summary>Lists parts without a hand-off mark that were accepted before a time, oldest first.</summary>
    /// <param name="acceptedBefore">The time.</param>
    /// <param name="after">Where the last page ended, or null for the first.</param>
    /// <param name="limit">Most parts to list.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken);

    /// <summary>Whether the storage answers; for readiness.</summary>
    ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken);
}
