using Postfleet.Core.Mail;

namespace Postfleet.Core.Returns;

/// <summary>
/// Reads reports about deliveries: first the machine-readable part (RFC 3464), and the notice for people where the part says less or is
/// missing.
/// </summary>
internal static class DeliveryReports
{
    /// <summary>The report; null if the message is none.</summary>
    public static ReturnedMail? TryRead(ReportFields header, IReadOnlyList<ReportPart> parts)
    {
        var status = parts.FirstOrDefault(part => part.Type is "message/delivery-status" or "message/global-delivery-status")?.Content;
        var notice = Notice.Read(header, parts, status is not null);
        if (notice.IsFromServer) status ??= parts.Select(part => Embedded(part.Content)).FirstOrDefault(each => each is not null);
        var groups = status is null ? [] : ReportFields.ReadGroups(status, "Final-Recipient");
        var recipients = new List<ReturnedRecipient>();
        foreach (var group in groups)
        {
            if (recipients.Count == ReturnedMail.MaxRecipients) break;
            if (ReadRecipient(group, notice) is { } recipient) recipients.Add(recipient);
        }

        if (recipients.Count == 0)
        {
            if (!notice.IsFailure) return null;
            var action = notice.IsWarning ? ReturnedAction.Delayed : ReturnedAction.Failed;
            foreach (var (address, text) in notice.Recipients) recipients.Add(Make(address, null, action, null, text, "", notice));
        }

        if (recipients.Count == 0) return null;
        return new ReturnedMail
        {
            Recipients = recipients,
            Original = OriginalMail.Read(
                ReportFields.Read(notice.Original.TrimStart('\n'), out _),
                groups.Select(each => each["Original-Envelope-Id"]).FirstOrDefault(each => each.Length > 0) ?? ""),
        };
    }

    private static ReturnedRecipient? ReadRecipient(ReportFields group, Notice notice)
    {
        var original = ReportAddress.Read(group["Original-Recipient"]);
        var final = ReportAddress.Read(group["Final-Recipient"]);
        if (final.Length == 0) final = original;
        if (final.Length == 0) return null;
        var code = group["Status"];
        var end = code.AsSpan().IndexOfAny(' ', '\t', '(');
        EnhancedStatus? status = EnhancedStatus.TryParse(end < 0 ? code : code.AsSpan(0, end), out var given) ? given : null;
        var action = group["Action"].ToUpperInvariant() switch
        {
            var word when word.StartsWith("DELIVERED", StringComparison.Ordinal) => ReturnedAction.Delivered,
            var word when word.StartsWith("RELAYED", StringComparison.Ordinal) => ReturnedAction.Delivered,
            var word when word.StartsWith("EXPANDED", StringComparison.Ordinal) => ReturnedAction.Delivered,
            var word when word.StartsWith("DELAYED", StringComparison.Ordinal) => ReturnedAction.Delayed,
            _ when status is { Class: 2 } => ReturnedAction.Delivered,
            _ => ReturnedAction.Failed,
        };
        var text = WithoutType(group["Diagnostic-Code"]);
        if (QuotedReply.FindCodes(text).Code == 0 && notice.TextOf(final) is { Length: > 0 } said
            && (text.Length == 0 || QuotedReply.FindCodes(said).Code > 0))
        {
            text = text.Length == 0 ? said : text + "\n" + said;
        }

        return Make(final, original.Length > 0 ? original : null, action, status, text, WithoutType(group["Remote-MTA"]), notice);
    }

    private static ReturnedRecipient Make(
        string final, string? original, ReturnedAction action, EnhancedStatus? status, string text, string host, Notice notice) => new(
        final, original, action, QuotedReply.Make(text, status, action), host.Length <= 255 ? host : "",
        action == ReturnedAction.Failed && (status is { Subject: 4, Detail: 7 } || QuotedReply.SaysExpired(text) || notice.SaysExpired));

    // "smtp; 550 5.1.1 no such user": the type of the text (RFC 3464 section 2.3.6).
    private static string WithoutType(string value)
    {
        var semicolon = value.IndexOf(';', StringComparison.Ordinal);
        return semicolon is > 0 and < 32 && !value.AsSpan(0, semicolon).ContainsAny(' ', '<') ? value[(semicolon + 1)..].Trim() : value;
    }

    // Gateways put the machine-readable part into a text.
    private static string? Embedded(string text)
    {
        var at = text.IndexOf("\nFinal-Recipient:", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        var first = text.LastIndexOf("\nReporting-MTA:", at, StringComparison.OrdinalIgnoreCase);
        return text[((first < 0 ? at : first) + 1)..];
    }
}
