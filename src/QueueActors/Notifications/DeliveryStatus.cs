using System.Globalization;
using System.Net;
using System.Text;
using MimeKit.Utils;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Notifications;

/// <summary>Writes what programs read in a DSN: the fields of <c>message/delivery-status</c> (RFC 3464 section 2). Printable ASCII throughout.</summary>
internal static class DeliveryStatus
{
    private const int MaxHostLength = 300;

    /// <summary>The fields for the message, then a group of fields for each recipient.</summary>
    public static string Write(FailureReport report, string hostname)
    {
        var fields = new StringBuilder()
            .Append(SafeText.Field("Reporting-MTA", $"dns; {hostname}"))
            .Append(SafeText.Field("X-Postfleet-Message-Id", report.Message.ToString()))
            .Append(SafeText.Field("Arrival-Date", DateUtils.FormatDate(report.AcceptedAt)));
        foreach (var recipient in report.Recipients)
        {
            fields.Append("\r\n")
                .Append(SafeText.Field("Final-Recipient", AddressOf(recipient.Recipient)))
                .Append(SafeText.Field("Action", "failed"))
                .Append(SafeText.Field("Status", StatusOf(recipient.Reply, report.IsExpired).ToString()));
            var host = HostOf(recipient.RemoteHost);
            if (host.Length > 0) fields.Append(SafeText.Field("Remote-MTA", $"dns; {host}"));
            // A reply that no host gave is in a type of its own (section 2.1.2).
            var type = host.Length > 0 ? "smtp" : "X-Postfleet";
            fields.Append(SafeText.Field("Diagnostic-Code", $"{type}; {SafeText.Ascii(recipient.Reply.ToString())}"));
            // When the lifetime ends, the last attempt may be hours ago; nothing here knows when it was.
            if (!report.IsExpired) fields.Append(SafeText.Field("Last-Attempt-Date", DateUtils.FormatDate(report.At)));
        }

        return fields.ToString();
    }

    /// <summary>
    /// The status of a recipient that failed. Of a refused one it is of class 5, whatever the remote host called it; of an expired one it
    /// says why the last attempt failed, or that the time is over (RFC 3463: X.4.7) where that is not known.
    /// </summary>
    public static EnhancedStatus StatusOf(SmtpReply reply, bool isExpired)
    {
        var status = reply.StatusOrGeneric;
        if (!isExpired) return new EnhancedStatus(5, status.Subject, status.Detail);
        return status is { Class: 5 } or { Class: 4, Subject: > 0 } ? status : new EnhancedStatus(4, 4, 7);
    }

    // RFC 3464 section 2.3.2; for an address that is not ASCII RFC 6533 section 3, in its form for 7-bit reports.
    private static string AddressOf(Mailbox mailbox)
    {
        if (Ascii.IsValid(mailbox.Address)) return $"rfc822; {mailbox.Address}";
        var address = new StringBuilder("utf-8; ");
        foreach (var rune in mailbox.Address.EnumerateRunes())
        {
            var isPlain = rune.Value is > ' ' and < 0x7f and not ('+' or '=' or '\\');
            address.Append(isPlain ? rune.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X2}}}"));
        }

        return address.ToString();
    }

    // "mx.example.org[192.0.2.1]:25": the name; a host that is named by its address only is a domain literal.
    private static string HostOf(string remoteHost)
    {
        var bracket = remoteHost.IndexOf('[', StringComparison.Ordinal);
        var name = SafeText.Ascii(bracket > 0 ? remoteHost[..bracket] : remoteHost);
        if (name.Length > MaxHostLength) name = name[..MaxHostLength];
        return IPAddress.TryParse(name, out _) ? $"[{name}]" : name;
    }
}
