using System.Text;
using MimeKit;
using MimeKit.Utils;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Notifications;

/// <summary>
/// Writes delivery status notifications (RFC 3464 in the form of RFC 6522): words for a person, fields for a program, and the header of the message.
/// The same report gives the same octets: all 7-bit, with CRLF line ends, no line above 998.
/// </summary>
/// <param name="hostname">This mail system's name.</param>
internal sealed class DsnBuilder(string hostname)
{
    /// <summary>Most octets of the original's header that are returned.</summary>
    public const int MaxHead = 64 * 1024;

    private const int MaxLine = 998;

    private static readonly FormatOptions Format = new() { NewLineFormat = NewLineFormat.Dos };

    /// <summary>The content of the DSN.</summary>
    public MessageContent Build(FailureReport report)
    {
        using var body = new MultipartReport("delivery-status")
        {
            // The original cannot hold it: it was written before this id was made.
            Boundary = $"=_{report.Notification}",
        };
        body.Add(new TextPart("plain") { Text = Explanation.Write(report, hostname) });
        body.Add(Part("message", "delivery-status", Encoding.ASCII.GetBytes(DeliveryStatus.Write(report, hostname))));
        body.Add(Part("text", "rfc822-headers", HeaderOf(report.Head)));
        body.Prepare(EncodingConstraint.SevenBit, MaxLine);
        using var stream = new MemoryStream();
        stream.Write(Encoding.ASCII.GetBytes(Header(report)));
        body.WriteTo(Format, stream);
        return new MessageContent(stream.ToArray());
    }

    private string Header(FailureReport report) => new StringBuilder()
        .Append(SafeText.Field("Date", DateUtils.FormatDate(report.At)))
        .Append(SafeText.Field("From", $"Mail Delivery System <MAILER-DAEMON@{hostname}>"))
        .Append(SafeText.Field("To", AddressOf(report.Sender)))
        .Append(SafeText.Field("Subject", "Undelivered Mail Returned to Sender"))
        .Append(SafeText.Field("Message-Id", $"<{report.Notification}@{hostname}>"))
        // RFC 3834 section 5: no robot shall answer this.
        .Append(SafeText.Field("Auto-Submitted", "auto-replied"))
        .Append(SafeText.Field("MIME-Version", "1.0"))
        .ToString();

    // A header cannot name an address that is not ASCII, other than in a message that is not either (RFC 6532); the envelope does.
    private static string AddressOf(Mailbox sender) => Ascii.IsValid(sender.Address) ? sender.Address : "undisclosed-recipients:;";

    private static MimePart Part(string type, string subtype, byte[] content) =>
        new(type, subtype) { Content = new MimeContent(new MemoryStream(content, writable: false)) };

    // Up to the empty line, in whole lines. What has no line end in all that length is cut where the bound is.
    private static byte[] HeaderOf(MessageContent head)
    {
        var octets = head.ToMemory().Span;
        if (octets.StartsWith("\r\n"u8)) return [];
        var header = octets[..LengthOfHeader(octets)].ToArray();
        // No frontend takes a bare CR in; were there one, it could not stand in a text as it is.
        for (var i = 0; i < header.Length; i++)
        {
            if (header[i] == '\r' && (i + 1 == header.Length || header[i + 1] != '\n')) header[i] = (byte)' ';
        }

        return header;
    }

    private static int LengthOfHeader(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf("\r\n\r\n"u8);
        if (end >= 0 && end + 2 <= MaxHead) return end + 2;
        if (octets.Length < MaxHead && end < 0) return octets.Length;
        var lastLine = octets[..MaxHead].LastIndexOf("\r\n"u8);
        return lastLine < 0 ? MaxHead : lastLine + 2;
    }
}
