using System.Text;
using MimeKit;

namespace Postfleet.Delivery.Mime;

/// <summary>What an entity is, as far as its encoding depends on it.</summary>
internal enum EntityKind
{
    /// <summary>One that is encoded as a whole.</summary>
    Leaf,

    /// <summary>Parts between boundaries: its own encoding is 7bit, 8bit or binary (RFC 2045 section 6.4).</summary>
    Multipart,

    /// <summary>A message with a header of its own: as with <see cref="Multipart"/>.</summary>
    Message,

    /// <summary>
    /// One that must be 7bit and must not be encoded: message/partial and message/external-body (RFC 2046 section 5.2), and a multipart
    /// without a boundary.
    /// </summary>
    Fixed,
}

/// <summary>How the content of an entity is encoded (RFC 2045 section 6).</summary>
internal enum EntityEncoding
{
    /// <summary>Not at all: 7bit, or what is no encoding that anybody knows.</summary>
    SevenBit,

    /// <summary>Not at all: 8bit or binary.</summary>
    EightBit,
    QuotedPrintable,
    Base64,
}

/// <summary>The header of a message or of a part, by its places in the content.</summary>
internal readonly record struct EntityHeader
{
    /// <summary>Where it starts.</summary>
    public int Start { get; init; }

    /// <summary>Where its fields end: the empty line, or what follows where there is none.</summary>
    public int FieldsEnd { get; init; }

    /// <summary>Where the body starts.</summary>
    public int BodyStart { get; init; }

    public bool HasEmptyLine => BodyStart > FieldsEnd;

    public EntityKind Kind { get; init; }

    public EntityEncoding Encoding { get; init; }

    public bool HasContentType { get; init; }

    public bool HasMimeVersion { get; init; }

    /// <summary>The multipart that its body is; its text is null for another kind.</summary>
    public OpenMultipart Multipart { get; init; }

    /// <summary>What an entity with this header is.</summary>
    /// <param name="type">The value of its first Content-Type field; empty where there is none.</param>
    /// <param name="isInDigest">Whether it is a part of a multipart/digest.</param>
    public EntityHeader WithType(ReadOnlySpan<byte> type, bool isInDigest)
    {
        // What cannot be read is text (RFC 2045 section 5.2).
        if (!IsComposite(type) || !ContentType.TryParse(ParserOptions.Default, type.ToArray(), out var parsed))
        {
            var kind = type.IsEmpty && isInDigest && IsIdentity ? EntityKind.Message : EntityKind.Leaf;
            return this with { Kind = kind, HasContentType = !type.IsEmpty };
        }

        var read = this with { HasContentType = true };
        if (parsed.IsMimeType("message", "rfc822") || parsed.IsMimeType("message", "global"))
            return read with { Kind = IsIdentity ? EntityKind.Message : EntityKind.Leaf };
        if (parsed.IsMimeType("message", "partial") || parsed.IsMimeType("message", "external-body"))
            return read with { Kind = EntityKind.Fixed };
        if (!parsed.IsMimeType("multipart", "*")) return read with { Kind = EntityKind.Leaf };
        if (string.IsNullOrEmpty(parsed.Boundary)) return read with { Kind = EntityKind.Fixed };
        var boundary = System.Text.Encoding.UTF8.GetBytes(parsed.Boundary);
        return read with
        {
            Kind = EntityKind.Multipart,
            Multipart = new OpenMultipart(boundary, parsed.IsMimeType("multipart", "digest"), parsed.IsMimeType("multipart", "signed")),
        };
    }

    private static bool IsComposite(ReadOnlySpan<byte> type)
    {
        var start = type.TrimStart(" \t\r\n"u8);
        return start.Length >= 9 && (Ascii.EqualsIgnoreCase(start[..9], "multipart"u8) || Ascii.EqualsIgnoreCase(start[..8], "message/"u8));
    }

    private bool IsIdentity => Encoding is EntityEncoding.SevenBit or EntityEncoding.EightBit;
}
