using System.Globalization;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Notifications;

/// <summary>
/// Writes the part of a DSN for people: the message, the outcome of each recipient and its reason, and the sender's options.
/// </summary>
internal static class Explanation
{
    /// <summary>Most recipients named here; the others stand in the report for programs.</summary>
    public const int MaxNamed = 100;

    private const int Width = 76;

    /// <param name="report">The report to explain.</param>
    /// <param name="original">The fields of the original's header, to identify the message.</param>
    /// <param name="hostname">This mail system's name.</param>
    /// <param name="returnsAll">Whether the whole message is attached, not its header alone.</param>
    public static string Write(StatusReport report, OriginalHeader original, string hostname, bool returnsAll)
    {
        var text = new StringBuilder();
        Add(text, "", $"This is the mail system at {hostname}. This report is about your message:");
        text.Append("\r\n");
        Identify(text, report, original, hostname);
        var left = MaxNamed;
        // In the order of the enumeration: the worst outcome comes first.
        foreach (var group in report.Recipients.GroupBy(recipient => (recipient.Action, recipient.IsExpired, recipient.RetriedUntil))
            .OrderBy(group => group.Key))
        {
            text.Append("\r\n");
            foreach (var sentence in Introduce(group.First(), report)) Add(text, "", sentence);
            foreach (var recipient in group.Take(left)) Name(text, recipient);
            left = Math.Max(0, left - group.Count());
        }

        if (Math.Max(0, report.Recipients.Count - MaxNamed) + report.Unnamed is var more and > 0)
        {
            text.Append("\r\n");
            var where = report.Unnamed > 0 ? "This report does not name all of them."
                : "The attached report for programs names all of them.";
            Add(text, "", string.Create(CultureInfo.InvariantCulture, $"and {more} more. {where}"));
        }

        foreach (var advice in Advise(report))
        {
            text.Append("\r\n");
            Add(text, "", advice);
        }

        text.Append("\r\n");
        Add(text, "", returnsAll ? "Your message is attached." : "The header of your message is attached.");
        return text.ToString();
    }

    private static void Identify(StringBuilder text, StatusReport report, OriginalHeader original, string hostname)
    {
        if (original.Subject.Length > 0) Add(text, "    ", $"Subject: {original.Subject}");
        if (original.Date.Length > 0) Add(text, "    ", $"Date: {original.Date}");
        if (original.MessageId.Length > 0) Add(text, "    ", $"Message-ID: {original.MessageId}");
        Add(text, "    ", $"Number at {hostname}: {report.Message}");
    }

    private static IEnumerable<string> Introduce(ReportedRecipient first, StatusReport report)
    {
        var time = Describe((first.At ?? report.At) - (report.SentFrom ?? report.AcceptedAt));
        switch (first.Action)
        {
            case DsnAction.Failed:
                yield return "Your message could not be delivered to the recipients below.";
                yield return first.IsExpired
                    ? $"We tried for {time} and will not try again."
                    : "The error is permanent. We will not try again.";
                break;
            case DsnAction.Delayed:
                yield return $"We have had your message for {time} and could not deliver it to the recipients below yet.";
                yield return first.RetriedUntil is { } until && until > report.At
                    ? $"We will keep trying for another {Describe(until - report.At)}."
                    : "We will keep trying.";
                break;
            case DsnAction.Relayed:
                yield return "Your message was passed on to the mail systems of the recipients below. These systems do not confirm deliveries. You will get " +
                    "another report only if the delivery fails.";
                break;
            case DsnAction.Expanded:
                yield return "Your message was sent on to all for whom the addresses below stand.";
                yield return "You will get another report only if a delivery fails.";
                break;
            default:
                yield return "Your message was delivered to the recipients below.";
                break;
        }
    }

    private static IEnumerable<string> Advise(StatusReport report)
    {
        if (report.HasFailures)
        {
            yield return report.Recipients.All(recipient => recipient.Action != DsnAction.Failed || recipient.IsExpired)
                ? "In all that time the recipients' mail system could not be reached or did not take the message. Please check the addresses. If they are right, send the message again later or contact the recipients in another way."
                : "Please check the addresses. If they are right, the administrators of the recipients' mail system can tell you more about the reason above. If you send the message again before they have solved the problem, it will fail again.";
        }

        if (!report.Recipients.Any(recipient => recipient.Action == DsnAction.Delayed)) yield break;
        if (report.HasFailures)
            yield return "You do not need to send the message again to the recipients that we keep trying. If their delivery fails in the end, you will get another report.";
        else
            yield return "This is only a warning. You do not need to send the message again. If the delivery fails in the end, you will get another report.";
    }

    private static void Name(StringBuilder text, ReportedRecipient recipient)
    {
        text.Append("\r\n");
        Add(text, "", $"<{SafeText.Printable(recipient.Recipient.Address)}>");
        var host = SafeText.Printable(recipient.RemoteHost);
        Add(text, "    ", $"{(host.Length > 0 ? $"{host} said: " : "")}{SafeText.Printable(recipient.Reply.ToString())}");
        // In Postfix's words, which programs look for.
        if (host.Length > 0 && CommandOf(recipient.Reply.Stage) is { } command) Add(text, "    ", $"(in reply to {command})");
    }

    private static string? CommandOf(ReplyStage stage) => stage switch
    {
        ReplyStage.Mail => "MAIL FROM command",
        ReplyStage.Recipient => "RCPT TO command",
        ReplyStage.Data => "DATA command",
        ReplyStage.Content => "the content of the message, before its end",
        ReplyStage.EndOfData => "end of DATA command",
        _ => null,
    };

    private static void Add(StringBuilder text, string indent, string paragraph)
    {
        foreach (var line in SafeText.Wrap(paragraph, Width - indent.Length)) text.Append(indent).Append(line).Append("\r\n");
    }

    private static string Describe(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => Count(time.TotalDays, "days"),
        { TotalHours: >= 2 } => Count(time.TotalHours, "hours"),
        { TotalMinutes: >= 2 } => Count(time.TotalMinutes, "minutes"),
        { TotalSeconds: >= 1.5 } => Count(time.TotalSeconds, "seconds"),
        _ => "a second",
    };

    private static string Count(double number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(number)} {unit}");
}
