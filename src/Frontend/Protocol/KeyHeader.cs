using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// The header field by which a client gives the idempotency key of a message. The field is removed from each message: it is meant for this
/// host. Pure.
/// </summary>
internal static class KeyHeader
{
    // A key of the greatest length, folded into lines of one character.
    private const int MaxValue = 4 * IdempotencyKey.MaxLength;

    /// <summary>The name of the field with its colon.</summary>
    public static ReadOnlySpan<byte> Name => "X-Postfleet-Idempotency-Key:"u8;

    /// <summary>Whether a line begins the field.</summary>
    public static bool IsKey(ReadOnlySequence<byte> line)
    {
        if (line.Length < Name.Length) return false;
        Span<byte> name = stackalloc byte[Name.Length];
        line.Slice(0, Name.Length).CopyTo(name);
        return Ascii.EqualsIgnoreCase(name, Name);
    }

    /// <summary>
    /// The key in the only field of a header, unfolded (RFC 5322 section 2.2.3); null where the fields have no valid key.
    /// </summary>
    public static string? Read(ReadOnlySequence<byte> content, IReadOnlyList<HeaderField> fields)
    {
        if (fields is not [var field] || field.Length > Name.Length + MaxValue) return null;
        var value = Encoding.Latin1.GetString(content.Slice(field.Start + Name.Length, field.Length - Name.Length));
        var key = value.Replace("\r\n", "", StringComparison.Ordinal).Trim(' ', '\t');
        return IdempotencyKey.IsValid(key) ? key : null;
    }

    /// <summary>The content without fields, which are in their order. Nothing is copied.</summary>
    public static MessageContent Without(MessageContent content, IReadOnlyList<HeaderField> fields)
    {
        var pieces = new ContentPieces();
        var next = 0L;
        foreach (var field in fields)
        {
            pieces.Add(content.Octets.Slice(next, field.Start - next));
            next = field.Start + field.Length;
        }

        pieces.Add(content.Octets.Slice(next));
        return pieces.Build();
    }
}
