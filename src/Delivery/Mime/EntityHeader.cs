using System.Text;
using MimeKit;

namespace Postfleet.Delivery.Mime;

/// <summary>The kind of an entity, as far as its encoding depends on it.</summary>
internal enum EntityKind
{
    /// <summary>An entity encoded as a whole.</summary>
    Leaf,

    /// <summary>Parts between boundaries. The entity's own encoding is 7bit, 8bit or binary (RFC 2045 section 6.4).</summary>
    Multipart,

    /// <summary>A message with its own header. The entity's own encoding is 7bit, 8bit or binary.</summary>
    Message,

    /// <summary>
    /// An entity that must be 7bit and must not be encoded: message/partial, message/external-body (RFC 2046 section 5.2), or a multipart
    /// without a boundary.
    /// </summary>
    Fixed,
}

/// <summary>The content transfer encoding of an entity (RFC 2045 section 6).</summary>
internal enum EntityEncoding
{
    /// <summary>7bit, or an unknown encoding.</summary>
    SevenBit,

    /// <summary>8bit or binary.</summary>
    EightBit,
    QuotedPrintable,
    Base64,
}

/// <summary>The header of a message or part, as offsets into the content.</summary>
internal readonly record struct EntityHeader
{
    /// <summary>The offset of the first field.</summary>
    public int Start { get; init; }

    /// <summary>The offset after the last field: of the empty line, or of the body if there is none.</summary>
    public int FieldsEnd { get; init; }

    /// <summary>The offset of the body.</summary>
    public int BodyStart { get; init; }

    public bool HasEmptyLine => BodyStart > FieldsEnd;

    public EntityKind Kind { get; init; }

    public EntityEncoding Encoding { get; init; }

    public bool HasContentType { get; init; }

    public bool HasMimeVersion { get; init; }

    /// <summary>The multipart in the body; its text is null for other kinds.</summary>
    public OpenMultipart Multipart { get; init; }

    /// <summary>Sets the kind from the Content-Type.</summary>
    /// <param name="type">The value of the first Content-Type field; empty if there is none.</param>
    /// <param name="isInDigest">Whether the entity is a part of a multipart/digest.</param>
    public EntityHeader WithType(ReadOnlySpan<byte> type, bool isInDigest)
    {
        // An unparsable Content-Type means text/plain (RFC 2045 section 5.2).
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
