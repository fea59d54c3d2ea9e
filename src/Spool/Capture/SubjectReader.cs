using System.Buffers;
using System.Text;
using MimeKit;
using Postfleet.Core.Mail;

namespace Postfleet.Spool.Capture;

/// <summary>Reads the subject of a message for a listing, from its header alone, even from a malformed header.</summary>
internal static class SubjectReader
{
    /// <summary>Longest subject kept, in characters.</summary>
    public const int MaxLength = 200;

    // In octets. In a longer header the subject may be missed.
    private const int MaxHeader = 64 << 10;

    /// <summary>The subject, decoded (RFC 2047), as a line of text, cut to <see cref="MaxLength"/>; empty when there is none.</summary>
    public static string Read(MessageContent content)
    {
        var head = content.Octets.Slice(0, Math.Min(content.Length, MaxHeader)).ToArray();
        try
        {
            using var stream = new MemoryStream(head, writable: false);
            return Clean(HeaderList.Load(stream)[HeaderId.Subject] ?? "");
        }
        catch (FormatException)
        {
            // The content has no header: the mail is relayed unchanged, and listed without a subject.
            return "";
        }
    }

    private static string Clean(string subject)
    {
        var line = new StringBuilder(Math.Min(subject.Length, MaxLength));
        foreach (var rune in subject.EnumerateRunes())
        {
            if (line.Length + rune.Utf16SequenceLength > MaxLength) break;
            line.Append(Rune.IsControl(rune) ? new Rune(' ') : rune);
        }

        return line.ToString().Trim();
    }
}
