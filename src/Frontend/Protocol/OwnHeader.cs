using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Header fields that are meant for this host, by which clients say how a message is to be handled. They are removed from each message,
/// also where the client may not use them: no other host shall see them or act on them. Pure.
/// </summary>
internal static class OwnHeader
{
    /// <summary>The most fields of a message. One of each name is of use.</summary>
    public const int MaxFields = 1000;

    // White space and control characters that some readers skip between the name of a field and its colon.
    private static readonly byte[] Skipped = [.. Enumerable.Range(1, ' ').Select(octet => (byte)octet)];

    /// <summary>
    /// Whether a line begins a field. White space before the colon is obsolete and accepted (RFC 5322 section 4.5), and so is a name that
    /// ends its line: some readers join folded lines before they look for the colon.
    /// </summary>
    /// <param name="line">The line.</param>
    /// <param name="name">The name of the field.</param>
    public static bool IsField(ReadOnlySequence<byte> line, ReadOnlySpan<byte> name)
    {
        if (line.Length < name.Length) return false;
        Span<byte> begin = stackalloc byte[name.Length];
        line.Slice(0, name.Length).CopyTo(begin);
        if (!Ascii.EqualsIgnoreCase(begin, name)) return false;
        var rest = new SequenceReader<byte>(line.Slice(name.Length));
        rest.AdvancePastAny(Skipped);
        return !rest.TryPeek(out var next) || next == ':';
    }

    /// <summary>
    /// The value of the only field of a name, unfolded (RFC 5322 section 2.2.3) and without white space around it; null where the field is
    /// repeated or longer than allowed.
    /// </summary>
    /// <param name="content">The content.</param>
    /// <param name="fields">The fields of the name.</param>
    /// <param name="maxLength">The greatest length of a field, in octets with its name and its line ends.</param>
    public static string? Read(ReadOnlySequence<byte> content, IReadOnlyList<HeaderField> fields, int maxLength)
    {
        if (fields is not [var field] || field.Length > maxLength) return null;
        var text = Encoding.Latin1.GetString(content.Slice(field.Start, field.Length));
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? "" : text[(colon + 1)..].Replace("\r\n", "", StringComparison.Ordinal).Trim(' ', '\t');
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
