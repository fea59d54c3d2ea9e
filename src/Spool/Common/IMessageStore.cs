using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>A part of a new message.</summary>
/// <param name="Queue">Its queue.</param>
/// <param name="Envelope">Its recipients.</param>
public sealed record NewPart(QueueKey Queue, PartEnvelope Envelope);

/// <summary>A new message: a row for the message and a row for each part, stored in the same transaction.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="Envelope">The envelope of the message as a whole.</param>
/// <param name="Content">Its content.</param>
/// <param name="Parts">Its parts; at least 1, each queue once.</param>
public sealed record NewMessage(
    MessageId Id,
    DateTimeOffset AcceptedAt,
    MessageEnvelope Envelope,
    MessageContent Content,
    IReadOnlyList<NewPart> Parts)
{
    /// <summary>The idempotency key, stored in the same transaction; null for none.</summary>
    public IdempotencyKey? Key { get; init; }

    /// <summary>A note for a report to the sender, stored in the same transaction; null for none.</summary>
    public NotedReport? Note { get; init; }

    /// <summary>The parts for the hand-off after the commit, in the order of <see cref="Parts"/>.</summary>
    public PendingPart[] ToPending()
    {
        var pending = new PendingPart[Parts.Count];
        for (var i = 0; i < pending.Length; i++)
            pending[i] = new PendingPart(Parts[i].Queue, ToQueued(Parts[i]));
        return pending;
    }

    private QueuedPart ToQueued(NewPart part) =>
        new QueuedPart(Id, part.Envelope.Recipients.Count, AcceptedAt).With(Envelope);
}

/// <summary>
/// Stores new messages durably, in a transaction with the other messages waiting at the same moment. Thread-safe.
/// </summary>
public interface IMessageStore
{
    /// <summary>
    /// Stores a message durably. A failure of the storage is a result, not an exception. Cancellation ends the wait only before the commit
    /// has begun. A message whose key is already stored is not stored; the result then tells of the first message with the key.
    /// </summary>
    ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken);
}
