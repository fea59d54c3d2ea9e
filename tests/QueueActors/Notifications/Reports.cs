using System.Text;
using MimeKit;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Notifications;

namespace Postfleet.QueueActors.Tests.Notifications;

/// <summary>Makes failure reports, and reads DSNs with MimeKit.</summary>
internal static class Reports
{
    public const string Hostname = "mail.example.net";

    public static readonly DateTimeOffset AcceptedAt = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    public static readonly SmtpReply NoSuchUser = new(550, new EnhancedStatus(5, 1, 1), "No such user here");

    public static StatusReport New(params ReportedRecipient[] recipients) => new(
        MessageId.FromHalves(2, 2), MessageId.FromHalves(1, 1), Mailbox.Parse("sender@example.org"), AcceptedAt, AcceptedAt.AddSeconds(7),
        recipients.Length > 0 ? recipients : [Failed("user@example.com")],
        Head("Received: from client\r\n\tby mail.example.net; Wed, 4 Mar 2026 12:00:00 +0000\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nthe body\r\n"));

    public static ReportedRecipient Failed(string address, SmtpReply? reply = null, string host = "mx.example.com[192.0.2.1]:25") =>
        new(Mailbox.Parse(address), reply ?? NoSuchUser, host);

    /// <summary>The same report about recipients whose time is over.</summary>
    public static StatusReport Expired(StatusReport report) =>
        report with { Recipients = [.. report.Recipients.Select(recipient => recipient with { IsExpired = true })] };

    public static MessageContent Head(string text) => new(Encoding.Latin1.GetBytes(text));

    public static byte[] Build(StatusReport report) => new DsnBuilder(Hostname).Build(report).ToMemory().ToArray();

    public static Dsn Read(byte[] octets)
    {
        var message = Parse(octets);
        var report = (MultipartReport)message.Body!;
        var status = (MessageDeliveryStatus)report[1];
        return new Dsn(
            message, report, ((TextPart)report[0]).Text, status.StatusGroups[0], [.. status.StatusGroups.Skip(1)], HeaderIn(octets));
    }

    private static MimeMessage Parse(byte[] octets)
    {
        using var stream = new MemoryStream(octets);
        return MimeMessage.Load(stream);
    }

    // MimeKit takes the returned header for a message and parses it; under another type it gives its octets.
    private static byte[] HeaderIn(byte[] octets)
    {
        var opaque = Encoding.Latin1.GetString(octets)
            .Replace("Content-Type: text/rfc822-headers", "Content-Type: application/x-header", StringComparison.Ordinal);
        var part = (MimePart)((Multipart)Parse(Encoding.Latin1.GetBytes(opaque)).Body!)[2];
        using var content = new MemoryStream();
        part.Content!.DecodeTo(content);
        return content.ToArray();
    }

    /// <summary>The content of a DSN, as MimeKit reads it.</summary>
    public sealed record Dsn(
        MimeMessage Message,
        MultipartReport Report,
        string Text,
        HeaderList PerMessage,
        IReadOnlyList<HeaderList> PerRecipient,
        byte[] Header);
}
