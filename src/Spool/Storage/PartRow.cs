using Google.Protobuf;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Storage;

/// <summary>A part's row joined with its message's, as an engine read it. Null stands for a missing value.</summary>
internal sealed record PartRow(DateTimeOffset AcceptedAt, byte[] PartEnvelope, byte[]? MessageEnvelope, byte[]? Content)
{
    /// <summary>Whether nothing else of the message is left; set only where the head of a part is read.</summary>
    public bool IsAlone { get; init; }

    /// <param name="id">The part.</param>
    /// <param name="maxContent">The maximum content read by the query, in octets.</param>
    /// <exception cref="CorruptPartException">The rows do not make up a part.</exception>
    public SpooledPart Decode(PartId id, int maxContent = int.MaxValue)
    {
        // A part without its message must never look like a settled part: mail would be lost without a trace.
        if (MessageEnvelope is null || Content is null) throw new CorruptPartException(id, "its message's row is missing");
        try
        {
            var envelope = EnvelopeCodec.DecodeMessage(MessageEnvelope);
            // A truncated message must not be delivered as if it were complete.
            if (Content.Length != Math.Min(envelope.Size, maxContent))
                throw new CorruptPartException(
                    id, $"its content has {Content.Length} octets instead of {Math.Min(envelope.Size, maxContent)}");
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
