using System.Buffers;

namespace Postfleet.Core.Mail;

/// <summary>
/// The content of a message (RFC 5321 section 2.3.1): header and body as octets with CRLF line ends, before dot-stuffing.
/// Immutable; the segments it is made of are never written again, so it may be read by several readers at a time.
/// </summary>
public sealed class MessageContent
{
    /// <summary>Wraps content that nobody writes to any more.</summary>
    public MessageContent(ReadOnlySequence<byte> octets)
    {
        Octets = octets;
        Length = octets.Length;
    }

    /// <summary>Wraps one contiguous piece of content.</summary>
    public MessageContent(ReadOnlyMemory<byte> octets) : this(new ReadOnlySequence<byte>(octets))
    {
    }

    /// <summary>The octets.</summary>
    public ReadOnlySequence<byte> Octets { get; }

    /// <summary>How many octets there are.</summary>
    public long Length { get; }

    /// <summary>The content in one piece: the one segment where there is only one, else a copy.</summary>
    public ReadOnlyMemory<byte> ToMemory() => Octets.IsSingleSegment ? Octets.First : Octets.ToArray();
}
