using Google.Protobuf;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Storage;

/// <summary>A part's row joined with its message's, as an engine read it. Null stands for a missing value.</summary>
internal sealed record PartRow(DateTimeOffset AcceptedAt, byte[] PartEnvelope, byte[]? MessageEnvelope, byte[]? Content)
{
    /// <summary>Whether nothing else of the message is left; told where a part's head is read.</summary>
    public bool IsAlone { get; init; }

    /// <param name="id">The part.</param>
    /// <param name="maxContent">How much of the content was asked for, in octets.</param>
    /// <exception cref="CorruptPartException">The rows do not make up a part.</exception>
    public SpooledPart Decode(PartId id, int maxContent = int.MaxValue)
    {
        // A part without its message must never look like a settled part: mail would be lost without a trace.
        if (MessageEnvelope is null || Content is null) throw new CorruptPartException(id, "its message's row is missing");
        try
        {
            var envelope = EnvelopeCodec.DecodeMessage(MessageEnvelope);
            // Half a message must not leave as if it were all of it.
            if (Content.Length != Math.Min(envelope.Size, maxContent))
                throw new CorruptPartException(
                    id, $"{Content.Length} octets of content are there instead of {Math.Min(envelope.Size, maxContent)}");
            return new SpooledPart(id, AcceptedAt, envelope, EnvelopeCodec
                .DecodePart(PartEnvelope), new MessageContent(Content))
            { IsAlone = IsAlone };
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or FormatException)
        {
            throw new CorruptPartException(id, e.Message, e);
        }
    }
}
