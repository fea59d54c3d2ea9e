using System.Globalization;
using System.Net;
using System.Text;
using MimeKit.Utils;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Notifications;

/// <summary>
/// Writes the part of a DSN for programs: the fields of <c>message/delivery-status</c> (RFC 3464 section 2). Printable ASCII throughout.
/// </summary>
internal static class DeliveryStatus
{
    private const int MaxHostLength = 300;

    /// <summary>The fields for the message, then a group of fields for each recipient.</summary>
    public static string Write(StatusReport report, string hostname)
    {
        var fields = new StringBuilder();
        if (report.EnvelopeId.Length > 0) fields.Append(SafeText.Field("Original-Envelope-Id", OnOneLine(Xtext.Decode(report.EnvelopeId))));
        fields
            .Append(SafeText.Field("Reporting-MTA", $"dns; {hostname}"))
            .Append(SafeText.Field("X-Postfleet-Message-Id", report.Message.ToString()))
            .Append(SafeText.Field("Arrival-Date", DateUtils.FormatDate(report.AcceptedAt)));
        // RFC 2852 section 5.
        if (report.DeliverBy is { } by) fields.Append(SafeText.Field("Deliver-By-Date", DateUtils.FormatDate(by)));
        // RFC 4865 section 5.1.2.
        if (report.HoldRequest.Length > 0) fields.Append(SafeText.Field("Future-Release-Request", OnOneLine(report.HoldRequest)));
        foreach (var recipient in report.Recipients)
        {
            fields.Append("\r\n");
            if (recipient.OriginalRecipient.Length > 0)
                fields.Append(SafeText.Field("Original-Recipient", OriginalOf(recipient.OriginalRecipient)));
            fields
                .Append(SafeText.Field("Final-Recipient", AddressOf(recipient.Recipient)))
                .Append(SafeText.Field("Action", ActionOf(recipient.Action)))
                .Append(SafeText.Field("Status", StatusOf(recipient).ToString()));
            var host = HostOf(recipient.RemoteHost);
            if (host.Length > 0) fields.Append(SafeText.Field("Remote-MTA", $"dns; {host}"));
            // A reply from this system, not from a host, has a type of its own (section 2.1.2).
            var type = host.Length > 0 ? "smtp" : "X-Postfleet";
            fields.Append(SafeText.Field("Diagnostic-Code", $"{type}; {SafeText.Ascii(recipient.Reply.ToString())}"));
            // At the end of the lifetime and at a warning, the last attempt may be hours ago, and its time is unknown here.
            if (!recipient.IsExpired && recipient.Action != DsnAction.Delayed)
                fields.Append(SafeText.Field("Last-Attempt-Date", DateUtils.FormatDate(recipient.At ?? report.At)));
            if (recipient.Action == DsnAction.Delayed && recipient.RetriedUntil is { } until)
                fields.Append(SafeText.Field("Will-Retry-Until", DateUtils.FormatDate(until)));
        }

        return fields.ToString();
    }

    /// <summary>
    /// The status of a failed recipient. A refusal is of class 5, regardless of the class in the remote host's reply. An expiry states why
    /// the last attempt failed, or, where the reason is not known, the end of the delivery time (RFC 3463: X.4.7).
    /// </summary>
    public static EnhancedStatus StatusOf(SmtpReply reply, bool isExpired)
    {
        var status = reply.StatusOrGeneric;
        if (!isExpired) return new EnhancedStatus(5, status.Subject, status.Detail);
        return status is { Class: 5 } or { Class: 4, Subject: > 0 } ? status : new EnhancedStatus(4, 4, 7);
    }

    private static EnhancedStatus StatusOf(ReportedRecipient recipient) => recipient.Action switch
    {
        DsnAction.Failed => StatusOf(recipient.Reply, recipient.IsExpired),
        DsnAction.Delayed => recipient.Reply.StatusOrGeneric is { Class: 4 } status ? status : new EnhancedStatus(4, 0, 0),
        _ => recipient.Reply.StatusOrGeneric is { Class: 2 } status ? status : new EnhancedStatus(2, 0, 0),
    };

    private static string ActionOf(DsnAction action) => action switch
    {
        DsnAction.Failed => "failed",
        DsnAction.Delayed => "delayed",
        DsnAction.Relayed => "relayed",
        DsnAction.Expanded => "expanded",
        _ => "delivered",
    };

    // RFC 3461 section 6.3: the ORCPT of the client, with its xtext decoded.
    private static string OriginalOf(string original)
    {
        var semicolon = original.IndexOf(';', StringComparison.Ordinal);
        var (type, address) = (original[..semicolon], Xtext.Decode(original[(semicolon + 1)..]));
        var isMail = type.Equals("rfc822", StringComparison.OrdinalIgnoreCase) || type.Equals("utf-8", StringComparison.OrdinalIgnoreCase);
        return isMail && !Ascii.IsValid(address) ? $"utf-8; {SevenBit(address)}" : $"{type}; {OnOneLine(address)}";
    }

    // Printable since it was received; a damaged text from the storage must not break out of its field.
    private static string OnOneLine(string text) => text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? SafeText.Ascii(text) : text;

    // RFC 3464 section 2.3.2.
    private static string AddressOf(Mailbox mailbox) =>
        mailbox.IsAscii ? $"rfc822; {mailbox.Address}" : $"utf-8; {SevenBit(mailbox.Address)}";

    // An address with other characters than ASCII in the form of RFC 6533 section 3 for 7-bit reports.
    private static string SevenBit(string address)
    {
        var text = new StringBuilder();
        foreach (var rune in address.EnumerateRunes())
        {
            var isPlain = rune.Value is > ' ' and < 0x7f and not ('+' or '=' or '\\');
            text.Append(isPlain ? rune.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X2}}}"));
        }

        return text.ToString();
    }

    // "mx.example.org[192.0.2.1]:25": the name; a host with an address only is a domain literal.
    private static string HostOf(string remoteHost)
    {
        var bracket = remoteHost.IndexOf('[', StringComparison.Ordinal);
        var name = SafeText.Ascii(bracket > 0 ? remoteHost[..bracket] : remoteHost);
        if (name.Length > MaxHostLength) name = name[..MaxHostLength];
        return IPAddress.TryParse(name, out _) ? $"[{name}]" : name;
    }
}
