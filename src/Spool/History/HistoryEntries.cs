using Google.Protobuf;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.History.Wire;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.History;

/// <summary>
/// Makes the entries of history: the changes of a message by a transaction of the spool, with the envelopes as they are in its rows. The
/// writers of the engines call it in the transaction, so an entry copies no octets and decodes none.
/// </summary>
internal static class HistoryEntries
{
    /// <summary>The acceptance of a message.</summary>
    public static StoredHistoryEntry Accepted(EncodedMessage message)
    {
        var entry = Entry(message.Id, message.AcceptedAt, message.Envelope);
        foreach (var part in message.Parts) entry.Parts.Add(Part(part.Id.Queue, part.Envelope));
        return entry;
    }

    /// <summary>Outcomes of an event of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="number">The number of the event: it is never used twice for a part.</param>
    /// <param name="outcomes">The outcomes.</param>
    /// <param name="partEnvelope">The envelope in the part's row.</param>
    /// <param name="messageEnvelope">The envelope in the message's row; null where the row is missing.</param>
    public static StoredHistoryEntry Ended(
        PartId part, int number, PartOutcomes outcomes, byte[] partEnvelope, byte[]? messageEnvelope)
    {
        var entry = Entry(part.Message, outcomes.At, messageEnvelope);
        entry.Number = number;
        entry.Cause = (int)outcomes.Cause;
        if (outcomes.Details is { } details) entry.Attempt = Attempt(details);
        entry.Parts.Add(Part(part.Queue, partEnvelope));
        foreach (var outcome in outcomes.Recipients)
        {
            var stored =
                new StoredHistoryOutcome { Disposition = (int)outcome.Disposition, Reply = Reply(outcome.Reply, outcome.RemoteHost) };
            stored.Recipients.Add(outcome.Recipients.FirstWord);
            foreach (var word in outcome.Recipients.MoreWords) stored.Recipients.Add(word);
            entry.Outcomes.Add(stored);
        }

        return entry;
    }

    /// <summary>A DSN about a message, stored in the transaction.</summary>
    /// <param name="message">The message of the report.</param>
    /// <param name="queue">The queue whose settlement stored the DSN; the default for a report about several parts.</param>
    /// <param name="number">The number of the settled event; 0 for a report about several parts.</param>
    /// <param name="messageEnvelope">The envelope in the message's row; null where the row is missing.</param>
    /// <param name="dsn">The DSN.</param>
    public static StoredHistoryEntry Notified(
        MessageId message, QueueKey queue, int number, byte[]? messageEnvelope, EncodedMessage dsn)
    {
        var entry = Entry(message, dsn.AcceptedAt, messageEnvelope);
        entry.Number = number;
        entry.Parts.Add(Part(queue, []));
        entry.Dsn = new StoredHistoryDsn
        {
            MessageHigh = dsn.Id.High,
            MessageLow = dsn.Id.Low,
            Recipient = dsn.Source.Parts[0].Envelope.Recipients[0].Address,
        };
        return entry;
    }

    /// <summary>A reply with its host as stored.</summary>
    public static StoredHistoryReply Reply(SmtpReply reply, string remoteHost) => new()
    {
        Code = reply.Code,
        Status = StoredReply.StatusOf(reply),
        Text = reply.Text,
        Stage = (int)reply.Stage,
        RemoteHost = remoteHost,
    };

    /// <summary>How an attempt reached its host, as stored.</summary>
    public static StoredHistoryAttempt Attempt(AttemptDetails details) => new()
    {
        Address = details.Address,
        Source = details.Source,
        TlsVersion = details.TlsVersion,
        TlsCipher = details.TlsCipher,
        Duration = (long)details.Duration.TotalMicroseconds,
    };

    private static StoredHistoryEntry Entry(MessageId message, DateTimeOffset at, byte[]? messageEnvelope)
    {
        var entry = new StoredHistoryEntry
        {
            MessageHigh = message.High,
            MessageLow = message.Low,
            At = StoredTime.ToMicroseconds(at),
        };
        if (messageEnvelope is not null) entry.MessageEnvelope = UnsafeByteOperations.UnsafeWrap(messageEnvelope);
        return entry;
    }

    private static StoredHistoryPart Part(QueueKey queue, byte[] envelope) =>
        new() { Queue = queue.Value, Envelope = UnsafeByteOperations.UnsafeWrap(envelope) };
}
