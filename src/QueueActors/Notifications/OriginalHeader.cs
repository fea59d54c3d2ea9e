using System.Text;
using MimeKit.Utils;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Notifications;

/// <summary>
/// The header fields that identify a message to its sender: subject and date, and the message id for programs. The header is untrusted
/// input: each value is a single line of bounded length, and empty if the header has no usable field.
/// </summary>
/// <param name="Subject">The subject, decoded (RFC 2047): printable characters.</param>
/// <param name="Date">The date as it came: printable ASCII.</param>
/// <param name="MessageId">The message id with its angle brackets (RFC 5322 section 3.6.4): ASCII without white space.</param>
internal sealed record OriginalHeader(string Subject, string Date, string MessageId)
{
    /// <summary>Longest subject in a report, in characters.</summary>
    public const int MaxSubject = 200;

    /// <summary>
    /// Longest date in a report, in characters. A date in the form of RFC 5322 takes 31, and up to some dozens with a comment.
    /// </summary>
    public const int MaxDate = 80;

    /// <summary>Longest message id in use, in characters: it must fit into a line of a header.</summary>
    public const int MaxMessageId = 500;

    // Longer field bodies are truncated before decoding.
    private const int MaxField = 4096;

    /// <summary>Reads the header at the beginning of some content. The first occurrence of a repeated field counts.</summary>
    public static OriginalHeader Read(MessageContent content)
    {
        var octets = content.ToMemory().Span;
        byte[]? subject = null, date = null, id = null;
        while (!octets.IsEmpty)
        {
            var field = ReadField(ref octets);
            if (field.IsEmpty) break;
            subject ??= BodyOf(field, "subject:"u8);
            date ??= BodyOf(field, "date:"u8);
            id ??= BodyOf(field, "message-id:"u8);
        }

        return new OriginalHeader(
            Cut(SafeText.Printable(Rfc2047.DecodeText(subject ?? [])), MaxSubject),
            Cut(SafeText.Ascii(Encoding.Latin1.GetString(date ?? [])), MaxDate), IdIn(id ?? []));
    }

    // A field with its continuation lines. Empty at the end of the header.
    private static ReadOnlySpan<byte> ReadField(ref ReadOnlySpan<byte> octets)
    {
        var length = 0;
        do
        {
            var end = octets[length..].IndexOf("\r\n"u8);
            if (end == 0) break;
            length = end < 0 ? octets.Length : length + end + 2;
        }
        while (length < octets.Length && octets[length] is (byte)' ' or (byte)'\t');
        var field = octets[..length];
        octets = octets[length..];
        return field;
    }

    private static byte[]? BodyOf(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name)
    {
        if (field.Length < name.Length || !System.Text.Ascii.EqualsIgnoreCase(field[..name.Length], name)) return null;
        var body = field[name.Length..];
        return body[..Math.Min(body.Length, MaxField)].Trim(" \t\r\n"u8).ToArray();
    }

    // A text without the form of an id is omitted, since programs would use it as an id.
    private static string IdIn(byte[] body)
    {
        var isId = body.Length is > 2 and <= MaxMessageId && body[0] == '<' && body.AsSpan().IndexOf((byte)'>') == body.Length - 1
            && !body.AsSpan().ContainsAnyExceptInRange((byte)'!', (byte)'~') && !body.AsSpan(1).Contains((byte)'<');
        return isId ? Encoding.ASCII.GetString(body) : "";
    }

    private static string Cut(string text, int length)
    {
        if (text.Length <= length) return text;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "...");
    }
}
