using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Admin.Http;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;

namespace Postfleet.Admin.Injection;

/// <summary>The log lines of an accepted message, as those of the SMTP server. Requests call it on their threads.</summary>
internal static class InjectionLog
{
    // The log cuts a value at 1,000 characters, so the recipients are divided between lines: each recipient can be found.
    private const int MaxLine = 900;

    /// <summary>Logs an accepted message.</summary>
    /// <param name="logger">The log.</param>
    /// <param name="submission">The message.</param>
    /// <param name="isPrioritized">Whether the request has a priority.</param>
    /// <param name="token">The name of the token.</param>
    /// <param name="client">The address of the client.</param>
    /// <param name="elapsed">The time of the request.</param>
    public static void Accepted(
        ILogger logger, Submission submission, bool isPrioritized, string token, string client, TimeSpan elapsed)
    {
        if (!logger.IsEnabled(LogLevel.Information)) return;
        var recipients = submission.Recipients;
        var next = 0;
        AdminLog.Injected(
            logger, submission.Id, submission.Envelope.ReversePath?.Address ?? "<>", token, client, submission.Content.Length,
            recipients.Count, NextLine(recipients, ref next), elapsed.TotalMilliseconds,
            isPrioritized ? submission.Envelope.Priority : null);
        while (next < recipients.Count) AdminLog.InjectedAlso(logger, submission.Id, NextLine(recipients, ref next));
    }

    private static string NextLine(IReadOnlyList<Mailbox> recipients, ref int next)
    {
        var line = new StringBuilder();
        for (; next < recipients.Count && (line.Length == 0 || line.Length + recipients[next].Address.Length < MaxLine); next++)
        {
            if (line.Length > 0) line.Append(',');
            line.Append(recipients[next].Address);
        }

        return line.ToString();
    }
}
