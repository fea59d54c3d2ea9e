using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Storage;

/// <summary>A part as its row will hold it.</summary>
internal sealed record EncodedPart(PartId Id, byte[] Envelope, int Recipients);

/// <summary>A message encoded for its rows. Encoding happens on the caller's thread, to relieve the writer.</summary>
internal sealed record EncodedMessage(NewMessage Source, byte[] Envelope, IReadOnlyList<EncodedPart> Parts)
{
    // Approximate memory of a queued message beside its content and its recipients: rows, the waiting task.
    private const int Overhead = 1024;

    /// <summary>The note for a report to the sender; null for none.</summary>
    public byte[]? Note { get; } = Source.Note is { } note ? NotedReportCodec.Encode(note) : null;

    public MessageId Id => Source.Id;

    public DateTimeOffset AcceptedAt => Source.AcceptedAt;

    public MessageContent Content => Source.Content;

    /// <summary>Memory held by the message while it is queued, in bytes.</summary>
    public long Weight { get; } = Source.Content.Length + Envelope.Length + Parts.Sum(part => part.Envelope.Length) + Overhead;

    /// <exception cref="ArgumentException">The message has no part, a part without recipients, or two parts for a queue.</exception>
    public static EncodedMessage From(NewMessage message)
    {
        if (message.Parts.Count == 0) throw new ArgumentException($"message {message.Id} has no part", nameof(message));
        var parts = new EncodedPart[message.Parts.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            var part = message.Parts[i];
            var id = new PartId(message.Id, part.Queue);
            if (part.Envelope.Recipients.Count == 0) throw new ArgumentException($"part {id} has no recipient", nameof(message));
            parts[i] = new EncodedPart(id, EnvelopeCodec.Encode(part.Envelope), part.Envelope.Recipients.Count);
        }

        if (parts.Length > 1 && parts.DistinctBy(part => part.Id).Count() != parts.Length)
        {
            throw new ArgumentException($"message {message.Id} has two parts for one queue", nameof(message));
        }

        return new EncodedMessage(message, EnvelopeCodec.Encode(message.Envelope), parts);
    }
}
