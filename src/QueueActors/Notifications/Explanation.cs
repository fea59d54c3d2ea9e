using System.Globalization;
using System.Text;

namespace Postfleet.QueueActors.Notifications;

/// <summary>Writes what a person reads in a DSN: who was not reached, what the other side said, and what can be done about it.</summary>
internal static class Explanation
{
    /// <summary>Most recipients that are named here; the others stand in the report for programs.</summary>
    public const int MaxNamed = 100;

    private const int Width = 76;

    /// <param name="report">What to write about.</param>
    /// <param name="hostname">This mail system's name.</param>
    /// <param name="returnsAll">Whether the whole message is attached, not its header alone.</param>
    public static string Write(StatusReport report, string hostname, bool returnsAll)
    {
        var text = new StringBuilder();
        Add(text, "", $"This is the mail system at {hostname}.");
        var left = MaxNamed;
        // In the order of the enumeration: what is worst comes first.
        foreach (var group in report.Recipients.GroupBy(recipient => recipient.Action).OrderBy(group => group.Key))
        {
            text.Append("\r\n");
            foreach (var sentence in Introduce(group.Key, report)) Add(text, "", sentence);
            foreach (var recipient in group.Take(left)) Name(text, recipient);
            left = Math.Max(0, left - group.Count());
        }

        if (report.Recipients.Count > MaxNamed)
        {
            text.Append("\r\n");
            Add(text, "", string.Create(CultureInfo.InvariantCulture,
                $"and {report.Recipients.Count - MaxNamed} more, who are named in the report that is attached."));
        }

        foreach (var advice in Advise(report))
        {
            text.Append("\r\n");
            Add(text, "", advice);
        }

        text.Append("\r\n");
        Add(text, "", $"{(returnsAll ? "Your message" : "The header of your message")} is attached. Its number here is {report.Message}.");
        return text.ToString();
    }

    private static IEnumerable<string> Introduce(DsnAction action, StatusReport report)
    {
        switch (action)
        {
            case DsnAction.Failed:
                yield return "Your message could not be delivered to the recipients below.";
                yield return report.IsExpired
                    ? $"It was tried for {Describe(report.At - report.AcceptedAt)}, and will not be tried any more."
                    : "The error is a permanent one: it will not be tried again.";
                break;
            case DsnAction.Delayed:
                yield return $"Your message is {Describe(report.At - report.AcceptedAt)} old, and could not be delivered to the recipients below yet.";
                yield return report.RetriedUntil is { } until && until > report.At
                    ? $"It is kept, and will be tried for another {Describe(until - report.At)}."
                    : "It is kept, and will be tried again.";
                break;
            case DsnAction.Relayed:
                yield return "Your message was passed on to the mail systems of the recipients below. They do not confirm deliveries, so you will hear of it " +
                    "again only if they cannot deliver it.";
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
            yield return report.IsExpired
                ? "The other mail system could not be reached or did not take the message in all that time. Please check the addresses. If they are right, try again later, or reach the recipients in another way."
                : "Please check the addresses. If they are right, sending the message again does not help before the reason given above is gone: those who run the recipients' mail system can tell you more.";
        }

        if (report.Recipients.Any(recipient => recipient.Action == DsnAction.Delayed))
            yield return "This is a warning only. You do not need to send the message again; should it fail in the end, you will be told so.";
    }

    private static void Name(StringBuilder text, ReportedRecipient recipient)
    {
        text.Append("\r\n");
        Add(text, "", $"<{SafeText.Printable(recipient.Recipient.Address)}>");
        var host = SafeText.Printable(recipient.RemoteHost);
        Add(text, "    ", $"{(host.Length > 0 ? $"{host} said: " : "")}{SafeText.Printable(recipient.Reply.ToString())}");
    }

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
