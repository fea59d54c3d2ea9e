using System.Globalization;
using System.Text;
using MimeKit;
using MimeKit.Text;
using MimeKit.Utils;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Notifications;

/// <summary>Writes delivery status notifications (RFC 3464 in the form of RFC 6522): words for a person, fields for a program, and the header of the message.</summary>
internal sealed class DsnBuilder(string hostname)
{
    /// <summary>Most octets of the original's header that are returned.</summary>
    public const int MaxHead = 64 * 1024;

    private const int MaxNamed = 100;

    /// <summary>Octets of a line without its end (RFC 5322 section 2.1.1).</summary>
    private const int MaxLine = 998;

    private static readonly FormatOptions Format = new() { NewLineFormat = NewLineFormat.Dos };

    /// <summary>The content of the DSN, 7-bit, with CRLF line ends.</summary>
    public MessageContent Build(FailureReport report)
    {
        using var message = new MimeMessage();
        message.From.Add(new MailboxAddress("Mail Delivery System", $"MAILER-DAEMON@{hostname}"));
        message.To.Add(new MailboxAddress(null, report.Sender.Address));
        message.Subject = "Undelivered Mail Returned to Sender";
        message.Date = report.At;
        message.MessageId = MimeUtils.GenerateMessageId(hostname);
        // RFC 3834 section 5: no robot shall answer this.
        message.Headers.Add("Auto-Submitted", "auto-replied");
        message.Body = new MultipartReport("delivery-status")
        {
            new TextPart(TextFormat.Plain) { Text = Explain(report), ContentTransferEncoding = ContentEncoding.QuotedPrintable },
            Status(report),
            Header(report.Head),
        };
        // A status must not be encoded (RFC 3464 section 2.1), so its lines may be as long as a line may be at all.
        message.Prepare(EncodingConstraint.SevenBit, MaxLine);
        using var stream = new MemoryStream();
        message.WriteTo(Format, stream);
        return new MessageContent(stream.ToArray());
    }

    private string Explain(FailureReport report)
    {
        var text = new StringBuilder()
            .Append("This is the mail system at ").Append(hostname).Append(".\r\n\r\n")
            .Append("Your message could not be delivered to the recipients below.\r\n");
        text.Append(report.IsExpired
            ? $"It was tried for {Describe(report.At - report.AcceptedAt)}, and will not be tried any more.\r\n"
            : "The error is a permanent one; the message will not be tried again.\r\n");
        foreach (var recipient in report.Recipients.Take(MaxNamed))
        {
            text.Append("\r\n<").Append(recipient.Recipient.Address).Append(">\r\n    ");
            text.Append(StatusFields.Printable(recipient.RemoteHost.Length > 0 ? $"{recipient.RemoteHost} said: {recipient.Reply}" : $"{recipient.Reply}"))
                .Append("\r\n");
        }

        if (report.Recipients.Count > MaxNamed) text.Append($"\r\nand {report.Recipients.Count - MaxNamed} more, who are named in the report below.\r\n");
        return text.Append("\r\nPlease check the addresses. If they are right, the answer of the other mail system, above, says what its\r\n")
            .Append("operators need to know. The header of your message is attached.\r\n").ToString();
    }

    private MimePart Status(FailureReport report)
    {
        var fields = new StatusFields()
            .Add("Reporting-MTA", $"dns; {hostname}")
            .Add("X-Postfleet-Message-Id", report.Message.ToString())
            .Add("Arrival-Date", DateUtils.FormatDate(report.AcceptedAt));
        foreach (var recipient in report.Recipients)
        {
            fields.EndGroup()
                .AddWhole("Final-Recipient", $"rfc822; {recipient.Recipient.Address}")
                .Add("Action", "failed")
                .Add("Status", StatusOf(recipient.Reply, report.IsExpired));
            if (recipient.RemoteHost.Length > 0)
            {
                fields.Add("Remote-MTA", $"dns; {HostOf(recipient.RemoteHost)}").Add("Diagnostic-Code", $"smtp; {recipient.Reply}");
            }
            else
            {
                fields.Add("Diagnostic-Code", $"X-Postfleet; {recipient.Reply}");
            }

            fields.Add("Last-Attempt-Date", DateUtils.FormatDate(report.At));
        }

        return new MimePart("message", "delivery-status") { Content = new MimeContent(new MemoryStream(fields.ToOctets(), writable: false)) };
    }

    private static MimePart Header(MessageContent head)
    {
        var octets = head.ToMemory();
        // Content that begins with an empty line has no header at all.
        var end = octets.Span.StartsWith("\r\n"u8) ? -2 : octets.Span.IndexOf("\r\n\r\n"u8);
        var header = end == -1 ? octets[..Math.Min(octets.Length, MaxHead)] : octets[..Math.Min(end + 2, MaxHead)];
        return new MimePart("text", "rfc822-headers") { Content = new MimeContent(new MemoryStream(header.ToArray(), writable: false)) };
    }

    // RFC 3464 section 2.3.4: the status of a message that is failed for good is of class 5, or says that its time is over.
    private static string StatusOf(SmtpReply reply, bool isExpired) =>
        isExpired && reply.StatusOrGeneric is { Class: 4, Subject: 0 } ? "4.4.7" : reply.StatusOrGeneric.ToString();

    private static string HostOf(string remoteHost)
    {
        var bracket = remoteHost.IndexOf('[', StringComparison.Ordinal);
        return bracket > 0 ? remoteHost[..bracket] : remoteHost;
    }

    private static string Describe(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(time.TotalDays)} days"),
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(time.TotalHours)} hours"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(time.TotalMinutes)} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, Math.Round(time.TotalSeconds))} seconds"),
    };
}
