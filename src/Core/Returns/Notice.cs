using System.Text;

namespace Postfleet.Core.Returns;

/// <summary>
/// A report in the words of a mail server: who it is from, the recipients that it names, and what it says about each. The forms are those
/// of Postfix, Exim, sendmail, qmail, Exchange and their relatives: a line that begins with an address, and text behind it.
/// </summary>
internal sealed class Notice
{
    private const int MaxText = 1000;

    private static readonly string[] Senders =
    [
        "mailer-daemon", "mailerdaemon", "mail-daemon", "maildaemon", "postmaster", "mail delivery", "mail administrator", "mail router",
        "delivery subsystem", "mailer daemon", "bounce@", "<>",
    ];

    private static readonly string[] Subjects =
    [
        "undeliver", "failure notice", "delivery fail", "delivery status", "returned mail", "returned to sender", "delivery report",
        "could not be delivered", "non delivery", "nondeliver", "non-deliver", "not deliver", "mail system error", "delivery error",
        "failed mail", "delivery notification", "mail failure", "error report", "returning message", "unable to deliver",
        "delivery problem", "permanent delivery", "mail error", "can't send", "cannot send", "invalid recipient", "delivery has failed",
        "message status", "delivery unsuccessful", "mail could not", "bounce",
    ];

    private static readonly string[] Automatic =
    [
        "out of office", "automatic reply", "autoreply", "auto:", "away from", "vacation",
    ];

    private static readonly string[] Failures =
    [
        "could not be delivered", "not be delivered", "undeliver", "unable to deliver", "wasn't able to deliver", "delivery failed",
        "failed", "did not reach", "rejected", "unknown", "not found", "error", "no such", "invalid", "refused", "bounced", "not deliver",
        "full", "cannot", "can't", "doesn't have", "expired", "quota", "unrouteable", "returned", "over", "not listed", "does not exist",
        "disabled", "suspended", "denied", "blocked", "not accept", "unavailable",
    ];

    private static readonly string[] Warnings =
    [
        "warning message only", "temporary failure report", "will be retried", "will keep trying", "not need to resend",
        "not need to re-send", "will continue trying", "still undelivered", "no action is required on your part",
    ];

    private readonly Dictionary<string, string> _texts = new(StringComparer.OrdinalIgnoreCase);

    private Notice()
    {
    }

    /// <summary>Whether the sender and the subject are those of a mail server.</summary>
    public bool IsFromServer { get; private init; }

    /// <summary>Whether the message is a report of a failure by its sender, its subject and its words.</summary>
    public bool IsFailure { get; private init; }

    /// <summary>Whether the text says that the host will try again.</summary>
    public bool IsWarning { get; private init; }

    /// <summary>Whether the text says that the host has given up.</summary>
    public bool SaysExpired { get; private init; }

    /// <summary>The text of the returned message, from its header on, or its header alone; empty if there is none.</summary>
    public string Original { get; private init; } = "";

    /// <summary>The recipients and what is said about each.</summary>
    public IReadOnlyList<(string Address, string Text)> Recipients { get; private set; } = [];

    /// <summary>What is said about a recipient; empty if the notice does not name it.</summary>
    public string TextOf(string address) => _texts.GetValueOrDefault(address, "");

    /// <summary>Reads a notice.</summary>
    /// <param name="header">The header of the message.</param>
    /// <param name="parts">Its parts.</param>
    /// <param name="isReport">Whether the message has a machine-readable part.</param>
    public static Notice Read(ReportFields header, IReadOnlyList<ReportPart> parts, bool isReport)
    {
        var isDaemon = isReport || IsDaemon(header);
        if (!isDaemon) return new Notice();
        var (text, inline) = NoticeEnd.Split(parts.FirstOrDefault(part => part.Type == "text/plain")?.Content
            ?? NoticeEnd.FromHtml(parts.FirstOrDefault(part => part.Type == "text/html")?.Content ?? ""));
        var notice = new Notice
        {
            IsFromServer = true,
            Original = parts.FirstOrDefault(IsReturned)?.Content ?? inline,
            SaysExpired = QuotedReply.SaysExpired(text),
            IsFailure = Contains(text, Failures) || Contains(header["Subject"], Failures),
            IsWarning = Contains(text, Warnings),
        };
        notice.ReadRecipients(header, text);
        return notice;
    }

    private static bool IsReturned(ReportPart part) => part.Type is "message/rfc822" or "text/rfc822-headers" or "message/rfc822-headers"
        or "message/global" or "message/global-headers";

    private static bool IsDaemon(ReportFields header)
    {
        if (header.Has("X-Failed-Recipients")) return true;
        var subject = header["Subject"];
        if (Contains(subject, Automatic)) return false;
        if (Contains(header["From"], Senders)) return true;
        return (Contains(subject, Subjects) || header["Return-Path"] is "<>" or "<MAILER-DAEMON>")
            && !header["Auto-Submitted"].StartsWith("auto-replied", StringComparison.OrdinalIgnoreCase);
    }

    private static bool Contains(string text, string[] words) => words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));

    private void ReadRecipients(ReportFields header, string text)
    {
        var found = new List<(string Address, StringBuilder Text)>();
        var before = new StringBuilder();
        StringBuilder? current = null;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).Trim();
            if (line.IsEmpty) continue;
            if (NoticeEnd.RecipientOf(line) is { } heading && !IsFrom(header, heading.Address))
            {
                var known = found.FirstOrDefault(each => each.Address.Equals(heading.Address, StringComparison.OrdinalIgnoreCase)).Text;
                if (known is null && found.Count == ReturnedMail.MaxRecipients) break;
                if (known is null) found.Add((heading.Address, known = new StringBuilder()));
                current = known;
            }

            var target = current ?? before;
            if (target.Length < MaxText) target.Append(target.Length > 0 ? "\n" : "").Append(line[..Math.Min(line.Length, MaxText)]);
        }

        foreach (var address in header.All("X-Failed-Recipients").SelectMany(each => each.Split(',')).Select(ReportAddress.Read))
        {
            if (address.Length > 0 && found.Count < ReturnedMail.MaxRecipients
                && !found.Any(each => each.Address.Equals(address, StringComparison.OrdinalIgnoreCase)))
            {
                found.Add((address, new StringBuilder()));
            }
        }

        // Where no line begins with an address, the first address in the text is the recipient.
        if (found.Count == 0 && ReportAddress.Find(text) is { } any && !IsOwn(header, any.Address))
        {
            found.Add((any.Address, new StringBuilder()));
        }

        // A notice may name nobody; the message that it returns does.
        if (found.Count == 0 && ReportAddress.Find(ReportFields.Read(Original.TrimStart('\n'), out _)["To"]) is { } to)
        {
            found.Add((to.Address, new StringBuilder()));
        }

        Recipients = [.. found.Select(each => (each.Address, TextFor(each.Text.ToString(), before.ToString())))];
        foreach (var (address, said) in Recipients) _texts.TryAdd(address, said);
    }

    private static string TextFor(string own, string before) =>
        QuotedReply.FindCodes(own).Code > 0 || (QuotedReply.FindCodes(before).Code == 0 && own.Length > 40)
            ? own : (own + "\n" + before).Trim();

    private static bool IsOwn(ReportFields header, string address) =>
        address.StartsWith("postmaster@", StringComparison.OrdinalIgnoreCase)
        || address.StartsWith("mailer-daemon@", StringComparison.OrdinalIgnoreCase)
        || OriginalMail.Unbracketed(header["To"]).Equals(address, StringComparison.OrdinalIgnoreCase) || IsFrom(header, address);

    private static bool IsFrom(ReportFields header, string address) =>
        OriginalMail.Unbracketed(header["From"]).Equals(address, StringComparison.OrdinalIgnoreCase);
}
