using Google.Protobuf;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage.Wire;

namespace Postfleet.Spool.Storage;

/// <summary>
/// Encodes and decodes the envelopes in the spool's rows. Decoding throws the exceptions of the parsers; the reader adds the part's id.
/// </summary>
internal static class EnvelopeCodec
{
    public static byte[] Encode(MessageEnvelope envelope)
    {
        var stored = new StoredMessageEnvelope
        {
            HasEightBitContent = envelope.HasEightBitContent,
            NeedsSmtpUtf8 = envelope.NeedsSmtpUtf8,
            RequiresTls = envelope.RequiresTls,
            Size = envelope.Size,
            ClientAddress = envelope.ClientAddress,
            ClientName = envelope.ClientName,
            EnvelopeId = envelope.EnvelopeId,
            ReturnContent = (int)envelope.Return,
            IsFromUntrustedClient = envelope.IsFromUntrustedClient,
            Listener = envelope.Acceptance.Listener,
            TlsVersion = envelope.Acceptance.TlsVersion,
            TlsCipher = envelope.Acceptance.TlsCipher,
            User = envelope.Acceptance.User,
            HeaderMessageId = envelope.Acceptance.HeaderMessageId,
            SendAfter = envelope.SendAfter,
            HoldRequest = envelope.HoldRequest,
            Priority = envelope.Priority,
            DeliverByMode = (int)(envelope.DeliverBy?.Mode ?? DeliverByMode.None),
            DeliverWithin = envelope.DeliverBy?.Within ?? 0,
            IsTraced = envelope.DeliverBy?.IsTraced ?? false,
        };
        foreach (var (name, text) in envelope.Metadata.Entries) stored.Metadata.Add(new StoredMetadata { Name = name, Text = text });
        if (envelope.ReversePath is { } path) stored.ReversePath = path.Address;
        return stored.ToByteArray();
    }

    public static byte[] Encode(PartEnvelope envelope)
    {
        var stored = new StoredPartEnvelope();
        foreach (var recipient in envelope.Recipients) stored.Recipients.Add(recipient.Address);
        for (var i = 0; i < envelope.Requests.Count; i++)
        {
            var request = envelope.Requests[i];
            if (request == DsnRequest.None) continue;
            stored.Requests.Add(
                new StoredDsnRequest { Recipient = i, Notify = (int)request.Notify, OriginalRecipient = request.OriginalRecipient });
        }

        return stored.ToByteArray();
    }

    /// <exception cref="InvalidProtocolBufferException">The bytes are not of this form.</exception>
    /// <exception cref="FormatException">An address is invalid.</exception>
    public static MessageEnvelope DecodeMessage(ReadOnlySpan<byte> bytes)
    {
        var stored = StoredMessageEnvelope.Parser.ParseFrom(bytes);
        return new MessageEnvelope
        {
            ReversePath = stored.HasReversePath ? Mailbox.Parse(stored.ReversePath) : null,
            HasEightBitContent = stored.HasEightBitContent,
            NeedsSmtpUtf8 = stored.NeedsSmtpUtf8,
            RequiresTls = stored.RequiresTls,
            Size = stored.Size,
            ClientAddress = stored.ClientAddress,
            ClientName = stored.ClientName,
            EnvelopeId = stored.EnvelopeId,
            Return = (ReturnContent)stored.ReturnContent,
            IsFromUntrustedClient = stored.IsFromUntrustedClient,
            SendAfter = stored.SendAfter,
            HoldRequest = stored.HoldRequest,
            Priority = Math.Clamp(stored.Priority, MessagePriority.Min, MessagePriority.Max),
            DeliverBy = DeliverBy(stored),
            Metadata = Metadata(stored),
            Acceptance = new AcceptanceDetails(
                stored.Listener, stored.TlsVersion, stored.TlsCipher, stored.User, stored.HeaderMessageId),
        };
    }

    /// <summary>The time for the delivery in an envelope; null for no request.</summary>
    public static DeliverByRequest? DeliverBy(StoredMessageEnvelope stored) =>
        (DeliverByMode)stored.DeliverByMode is var mode and (DeliverByMode.Return or DeliverByMode.Notify)
            ? new DeliverByRequest(
                Math.Clamp(stored.DeliverWithin, -DeliverByRequest.MaxSeconds, DeliverByRequest.MaxSeconds), mode, stored.IsTraced)
            : null;

    /// <summary>The metadata in an envelope.</summary>
    public static MessageMetadata Metadata(StoredMessageEnvelope stored) => stored.Metadata.Count == 0
        ? MessageMetadata.None : new([.. stored.Metadata.Select(one => KeyValuePair.Create(one.Name, one.Text))]);

    /// <summary>The fields for the selector of an action; empty texts for bytes of another form.</summary>
    public static ScannedPart Scan(PartId part, ReadOnlySpan<byte> message)
    {
        try
        {
            var stored = StoredMessageEnvelope.Parser.ParseFrom(message);
            return new ScannedPart(part, stored.ReversePath, stored.User);
        }
        catch (InvalidProtocolBufferException)
        {
            return new ScannedPart(part, "", "");
        }
    }

    /// <inheritdoc cref="DecodeMessage"/>
    public static PartEnvelope DecodePart(ReadOnlySpan<byte> bytes)
    {
        var stored = StoredPartEnvelope.Parser.ParseFrom(bytes);
        if (stored.Recipients.Count == 0) throw new FormatException("no recipient");
        var recipients = new Mailbox[stored.Recipients.Count];
        for (var i = 0; i < recipients.Length; i++) recipients[i] = Mailbox.Parse(stored.Recipients[i]);
        return new PartEnvelope(recipients) { Requests = DecodeRequests(stored) };
    }

    private static DsnRequest[] DecodeRequests(StoredPartEnvelope stored)
    {
        if (stored.Requests.Count == 0) return [];
        var requests = new DsnRequest[stored.Recipients.Count];
        Array.Fill(requests, DsnRequest.None);
        foreach (var request in stored.Requests)
        {
            if (request.Recipient < 0 || request.Recipient >= requests.Length)
                throw new FormatException($"no recipient {request.Recipient}");
            requests[request.Recipient] = new DsnRequest((NotifyOn)request.Notify, request.OriginalRecipient);
        }

        return requests;
    }
}
