using Google.Protobuf;
using Google.Protobuf.Collections;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Suppression;
using Postfleet.Spool.Common;
using Postfleet.Spool.History.Wire;
using Postfleet.Spool.Storage;
using Postfleet.Spool.Storage.Wire;

namespace Postfleet.Spool.History;

/// <summary>
/// Resolves entries of history to the events of their recipients. Damaged envelopes give events without addresses: they must hold
/// nothing up.
/// </summary>
internal static class HistoryEvents
{
    /// <summary>Adds the events of an entry.</summary>
    public static void AddTo(List<HistoryEvent> events, StoredHistoryEntry entry)
    {
        var message = MessageId.FromHalves(entry.MessageHigh, entry.MessageLow);
        var at = StoredTime.TryFromMicroseconds(entry.At) ?? DateTimeOffset.UnixEpoch;
        var envelope = Decode(StoredMessageEnvelope.Parser, entry.MessageEnvelope);
        var sender = envelope?.ReversePath ?? "";
        if (entry.Dsn is { } dsn)
        {
            var queue = QueueKey.FromTrusted(entry.Parts.Count > 0 ? entry.Parts[0].Queue : "");
            events.Add(new HistoryEvent(message, queue, entry.Number, 0, HistoryKind.Dsn, at, dsn.Recipient, sender)
            {
                Notification = MessageId.FromHalves(dsn.MessageHigh, dsn.MessageLow),
            });
            return;
        }

        var acceptance = entry.Outcomes.Count == 0 ? Acceptance(envelope) : null;
        foreach (var part in entry.Parts)
        {
            var queue = QueueKey.FromTrusted(part.Queue);
            var recipients = Decode(StoredPartEnvelope.Parser, part.Envelope)?.Recipients;
            if (acceptance is null)
            {
                var template = new HistoryEvent(message, queue, entry.Number, 0, default, at, "", sender);
                AddOutcomes(entry, template with { Attempt = Attempt(entry.Attempt) }, recipients ?? []);
                continue;
            }

            for (var i = 0; i < recipients?.Count; i++)
            {
                events.Add(new HistoryEvent(message, queue, 0, i, HistoryKind.Accepted, at, recipients[i], sender)
                {
                    Acceptance = acceptance,
                });
            }
        }

        void AddOutcomes(StoredHistoryEntry ended, HistoryEvent template, IReadOnlyList<string> recipients)
        {
            foreach (var outcome in ended.Outcomes)
            {
                var reply = Reply(outcome.Reply);
                var kind = KindOf((ReportCause)ended.Cause, (Disposition)outcome.Disposition, outcome.Reply);
                foreach (var index in SetOf(outcome.Recipients).Indexes())
                {
                    events.Add(template with
                    {
                        RecipientIndex = index,
                        Kind = kind,
                        Recipient = index < recipients.Count ? recipients[index] : "",
                        Reply = reply,
                        RemoteHost = outcome.Reply?.RemoteHost ?? "",
                    });
                }
            }
        }
    }

    /// <summary>Adds the hashes of the events of an entry, without making the events.</summary>
    /// <returns>How many events there are, and their kinds as a set of bits.</returns>
    public static (int Events, int Kinds) AddKeys(HashSet<ulong> keys, StoredHistoryEntry entry)
    {
        var envelope = Decode(StoredMessageEnvelope.Parser, entry.MessageEnvelope);
        keys.Add(HistoryKeys.Of(MessageId.FromHalves(entry.MessageHigh, entry.MessageLow)));
        keys.Add(HistoryKeys.OfSender(envelope?.ReversePath ?? ""));
        var (events, kinds) = (0, 0);
        if (entry.Dsn is { } dsn)
        {
            keys.Add(HistoryKeys.OfRecipient(dsn.Recipient));
            (events, kinds) = (1, 1 << (int)HistoryKind.Dsn);
        }
        else if (entry.Outcomes.Count == 0)
        {
            kinds = 1 << (int)HistoryKind.Accepted;
            if (envelope is { HeaderMessageId.Length: > 0 }) keys.Add(HistoryKeys.OfHeaderId(HeaderId.Normalize(envelope.HeaderMessageId)));
        }

        foreach (var outcome in entry.Outcomes)
        {
            events += SetOf(outcome.Recipients).Count;
            kinds |= 1 << (int)KindOf((ReportCause)entry.Cause, (Disposition)outcome.Disposition, outcome.Reply);
        }

        foreach (var part in entry.Parts)
        {
            var queue = QueueKey.FromTrusted(part.Queue);
            keys.Add(HistoryKeys.OfDomain(queue.DomainSpan));
            keys.Add(HistoryKeys.OfStream(queue.StreamSpan));
            // Of outcomes all recipients of the part, too: a hash too many does no harm.
            var recipients = Decode(StoredPartEnvelope.Parser, part.Envelope)?.Recipients ?? [];
            foreach (var recipient in recipients) keys.Add(HistoryKeys.OfRecipient(recipient));
            if (kinds == 1 << (int)HistoryKind.Accepted) events += recipients.Count;
        }

        return (events, kinds);
    }

    /// <summary>The facts of an acceptance from the envelope of its message.</summary>
    public static HistoryAcceptance Acceptance(StoredMessageEnvelope? envelope) =>
        envelope is null ? new(0, "", "", "")
            : new(envelope.Size, envelope.ClientAddress, envelope.ClientName, envelope.EnvelopeId)
            {
                SendAfter = envelope.SendAfter,
                Priority = envelope.Priority,
                DeliverBy = EnvelopeCodec.DeliverBy(envelope),
                Metadata = EnvelopeCodec.Metadata(envelope),
                Details = new AcceptanceDetails(
                    envelope.Listener, envelope.TlsVersion, envelope.TlsCipher, envelope.User, envelope.HeaderMessageId),
            };

    /// <summary>How an attempt reached its host; null where no host was reached.</summary>
    public static AttemptDetails? Attempt(StoredHistoryAttempt? stored) => stored is null ? null : new(
        stored.Address, stored.Source, stored.TlsVersion, stored.TlsCipher, TimeSpan.FromMicroseconds(stored.Duration));

    /// <summary>The octets of an envelope; null where they are absent or damaged.</summary>
    public static T? Decode<T>(MessageParser<T> parser, ByteString octets)
        where T : class, IMessage<T>
    {
        if (octets.IsEmpty) return null;
        try
        {
            return parser.ParseFrom(octets);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>The reply of an event; null where it is damaged.</summary>
    public static SmtpReply? Reply(StoredHistoryReply? stored)
    {
        if (stored is null || stored.Code is < 200 or > 599) return null;
        return StoredReply.Read(stored.Code, stored.Status, stored.Text, stored.Stage);
    }

    private static RecipientSet SetOf(RepeatedField<ulong> words) =>
        words.Count is 0 or > RecipientSet.MaxRecipients / 64 ? RecipientSet.Empty : RecipientSet.FromWords(words[0], [.. words.Skip(1)]);

    private static HistoryKind KindOf(ReportCause cause, Disposition disposition, StoredHistoryReply? reply) => (cause, disposition) switch
    {
        (ReportCause.Delayed, _) => HistoryKind.Delayed,
        (ReportCause.Deleted, _) => HistoryKind.Dropped,
        (ReportCause.Moved, _) => HistoryKind.Moved,
        (ReportCause.Action, _) => HistoryKind.Action,
        (_, Disposition.Delivered) => HistoryKind.Delivered,
        (ReportCause.Expired, Disposition.Failed) => HistoryKind.Expired,
        (_, Disposition.Failed) when reply is { RemoteHost: "" } && SuppressionReply.Is(reply.Code, reply.Text) => HistoryKind.Suppressed,
        (_, Disposition.Failed) => HistoryKind.Failed,
        _ => HistoryKind.Deferred,
    };
}
