using System.Buffers;
using System.Text;
using MimeKit;
using MimeKit.Utils;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Notifications;

/// <summary>
/// Writes delivery status notifications (RFC 3464 in the form of RFC 6522): a text for people, fields for programs, and the header of the
/// message. Deterministic: equal reports give equal octets, with CRLF line ends and no line above 998 octets.
/// </summary>
/// <param name="hostname">This mail system's name.</param>
internal sealed class DsnBuilder(string hostname)
{
    /// <summary>Most octets of the original's header to return.</summary>
    public const int MaxHead = 64 * 1024;

    private const int MaxLine = 998;

    // All but TAB, CR and LF.
    private static readonly SearchValues<byte> ControlCharacters =
        SearchValues.Create([.. Enumerable.Range(0, 32).Except([9, 10, 13]).Append(127).Select(octet => (byte)octet)]);

    private static readonly FormatOptions Format = new() { NewLineFormat = NewLineFormat.Dos };

    /// <summary>The content of the DSN. It is 7-bit, unless it returns a whole message with an 8-bit body.</summary>
    public MessageContent Build(StatusReport report)
    {
        using var body = new MultipartReport("delivery-status")
        {
            // The original message cannot contain this boundary: the id is newer than the message.
            Boundary = $"=_{report.Notification}",
        };
        var header = OriginalHeader.Read(report.Content);
        var original = report.ReturnsAll ? ReturnedMessage.Judge(report.Content) : ReturnedKind.HeaderOnly;
        body.Add(new TextPart("plain") { Text = Explanation.Write(report, header, hostname, original != ReturnedKind.HeaderOnly) });
        body.Add(Part("message", "delivery-status", Encoding.ASCII.GetBytes(DeliveryStatus.Write(report, hostname))));
        if (original == ReturnedKind.HeaderOnly) body.Add(HeaderPart(HeaderOf(report.Content)));
        body.Prepare(EncodingConstraint.SevenBit, MaxLine);
        if (original != ReturnedKind.HeaderOnly) body.Add(Whole(report.Content, original));
        // An 8-bit part makes the surrounding multipart 8-bit (RFC 2045 section 6.4).
        if (original == ReturnedKind.EightBit) body.Headers.Add(HeaderId.ContentTransferEncoding, "8bit");
        using var stream = new MemoryStream();
        stream.Write(Encoding.ASCII.GetBytes(Header(report, header.MessageId)));
        body.WriteTo(Format, stream);
        return new MessageContent(stream.ToArray());
    }

    private string Header(StatusReport report, string original) => new StringBuilder()
        .Append(SafeText.Field("Date", DateUtils.FormatDate(report.Date ?? report.At)))
        .Append(SafeText.Field("From", $"Mail Delivery System <MAILER-DAEMON@{hostname}>"))
        .Append(SafeText.Field("To", AddressOf(report.Sender)))
        .Append(SafeText.Field("Subject", SubjectOf(report)))
        .Append(SafeText.Field("Message-Id", $"<{report.Notification}@{hostname}>"))
        // Mail programs then show the report below the original message.
        .Append(original.Length > 0 ? SafeText.Field("In-Reply-To", original) : "")
        .Append(original.Length > 0 ? SafeText.Field("References", original) : "")
        // RFC 3834 section 5: no automatic response to the DSN.
        .Append(SafeText.Field("Auto-Submitted", "auto-replied"))
        .Append(SafeText.Field("MIME-Version", "1.0"))
        .ToString();

    private static string SubjectOf(StatusReport report) => report.Recipients.Min(recipient => recipient.Action) switch
    {
        DsnAction.Failed => "Undelivered Mail Returned to Sender",
        DsnAction.Delayed => "Delayed Mail (still being retried)",
        _ => "Successful Mail Delivery Report",
    };

    // A non-ASCII address needs an internationalized header (RFC 6532), but this header is ASCII; the envelope has the address.
    private static string AddressOf(Mailbox sender) => sender.IsAscii ? sender.Address : "undisclosed-recipients:;";

    // Unchanged: message/rfc822 allows no other encoding (RFC 2046 section 5.2.1).
    private static MimePart Whole(MessageContent content, ReturnedKind kind) => new("message", "rfc822")
    {
        Content = new MimeContent(new MemoryStream(content.ToMemory().ToArray(), writable: false)),
        ContentTransferEncoding = kind == ReturnedKind.EightBit ? ContentEncoding.EightBit : ContentEncoding.SevenBit,
    };

    // Control characters are allowed on the wire, but a report on a terminal must not send any: they are encoded.
    private static MimePart HeaderPart(byte[] header)
    {
        var part = Part("text", "rfc822-headers", header);
        if (header.AsSpan().ContainsAny(ControlCharacters)) part.ContentTransferEncoding = ContentEncoding.QuotedPrintable;
        return part;
    }

    private static MimePart Part(string type, string subtype, byte[] content) =>
        new(type, subtype) { Content = new MimeContent(new MemoryStream(content, writable: false)) };

    // The header up to the empty line, in whole lines. Content without a line end within the bound is truncated at the bound.
    private static byte[] HeaderOf(MessageContent head)
    {
        var octets = head.ToMemory().Span;
        if (octets.StartsWith("\r\n"u8)) return [];
        var header = octets[..LengthOfHeader(octets)].ToArray();
        // Frontends refuse a bare CR. In damaged content it becomes a space, since a text part must not contain it.
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
