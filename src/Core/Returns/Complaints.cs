namespace Postfleet.Core.Returns;

/// <summary>Reads complaints (RFC 5965; RFC 9477 uses the same format), and the form in which Hotmail forwards them.</summary>
internal static class Complaints
{
    /// <summary>The complaint; null if the message is none.</summary>
    public static ReturnedMail? TryRead(ReportFields header, IReadOnlyList<ReportPart> parts)
    {
        var original = ReportFields.Read(
            parts.FirstOrDefault(part => part.Type is "message/rfc822" or "text/rfc822-headers" or "message/global")?.Content ?? "", out _);
        if (parts.FirstOrDefault(part => part.Type == "message/feedback-report") is { } report)
        {
            var fields = ReportFields.Read(report.Content.TrimStart('\n'), out _);
            if (fields["Feedback-Type"] is not { Length: > 0 } kind) return null;
            var mail = OriginalMail.Read(original, fields["Original-Envelope-Id"]);
            if (mail.ReturnPath.Length == 0) mail = mail with { ReturnPath = OriginalMail.Unbracketed(fields["Original-Mail-From"]) };
            return Make(kind.ToLowerInvariant(), fields.All("Original-Rcpt-To"), fields["User-Agent"], mail);
        }

        // Hotmail's reports have the message alone, with the recipient in a field of its header.
        return original["X-HmXmrOriginalRecipient"] is { Length: > 0 } recipient
            && header["Subject"].Contains("complaint about message", StringComparison.OrdinalIgnoreCase)
            ? Make("abuse", [recipient], "", OriginalMail.Read(original)) : null;
    }

    private static ReturnedMail Make(string kind, IEnumerable<string> recipients, string reporter, OriginalMail original) => new()
    {
        Complaint = new Complaint(
            Bounded(kind), [.. recipients.Select(ReportAddress.Read).Where(each => each.Length > 0).Take(ReturnedMail.MaxRecipients)],
            Bounded(reporter)),
        Original = original,
    };

    private static string Bounded(string word) => word.Length <= Complaint.MaxWord ? word : word[..Complaint.MaxWord];
}
