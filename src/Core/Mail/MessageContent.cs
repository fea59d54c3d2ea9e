using System.Buffers;

namespace Postfleet.Core.Mail;

/// <summary>
/// The content of a message (RFC 5321 section 2.3.1): header and body as octets with CRLF line ends, before dot-stuffing.
/// Immutable: its segments are never written again, so several readers may read at a time.
/// </summary>
public sealed class MessageContent
{
    /// <summary>Wraps segments never written again.</summary>
    public MessageContent(ReadOnlySequence<byte> octets)
    {
        Octets = octets;
        Length = octets.Length;
    }

    /// <summary>Wraps a contiguous piece of content.</summary>
    public MessageContent(ReadOnlyMemory<byte> octets) : this(new ReadOnlySequence<byte>(octets))
    {
    }

    /// <summary>The octets.</summary>
    public ReadOnlySequence<byte> Octets { get; }

    /// <summary>How many octets there are.</summary>
    public long Length { get; }

    /// <summary>The content in a single piece: its only segment, or a copy of all segments.</summary>
    public ReadOnlyMemory<byte> ToMemory() => Octets.IsSingleSegment ? Octets.First : Octets.ToArray();
}
