using System.Globalization;
using System.Text;

namespace Postfleet.QueueActors.Notifications;

/// <summary>Writes what a person reads in a DSN: who was not reached, what the other side said, and what can be done about it.</summary>
internal static class Explanation
{
    /// <summary>Most recipients that are named here; the others stand in the report for programs.</summary>
    public const int MaxNamed = 100;

    private const int Width = 76;

    public static string Write(FailureReport report, string hostname)
    {
        var text = new StringBuilder();
        Add(text, "", $"This is the mail system at {hostname}.");
        text.Append("\r\n");
        Add(text, "", "Your message could not be delivered to the recipients below.");
        Add(text, "", report.IsExpired
            ? $"It was tried for {Describe(report.At - report.AcceptedAt)}, and will not be tried any more."
            : "The error is a permanent one: it will not be tried again.");
        foreach (var recipient in report.Recipients.Take(MaxNamed))
        {
            text.Append("\r\n");
            Add(text, "", $"<{SafeText.Printable(recipient.Recipient.Address)}>");
            var host = SafeText.Printable(recipient.RemoteHost);
            Add(text, "    ", $"{(host.Length > 0 ? $"{host} said: " : "")}{SafeText.Printable(recipient.Reply.ToString())}");
        }

        if (report.Recipients.Count > MaxNamed)
        {
            text.Append("\r\n");
            Add(text, "", string.Create(CultureInfo.InvariantCulture,
                $"and {report.Recipients.Count - MaxNamed} more, who are named in the report that is attached."));
        }

        text.Append("\r\n");
        Add(text, "", report.IsExpired
            ? "The other mail system could not be reached or did not take the message in all that time. Please check the addresses. If they are right, try again later, or reach the recipients in another way."
            : "Please check the addresses. If they are right, sending the message again does not help before the reason given above is gone: those who run the recipients' mail system can tell you more.");
        text.Append("\r\n");
        Add(text, "", $"The header of your message is attached. Its number here is {report.Message}.");
        return text.ToString();
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
