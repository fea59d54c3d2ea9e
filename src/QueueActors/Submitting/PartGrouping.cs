using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Submitting;

/// <summary>Groups the recipients of a submitted message into parts, a part for each queue. No I/O, no clock.</summary>
internal static class PartGrouping
{
    private static readonly SmtpReply Expanded = new(250, new EnhancedStatus(2, 1, 5), "expanded to several recipients");

    /// <summary>The message as it is stored.</summary>
    /// <param name="submission">The message as it is submitted.</param>
    /// <param name="acceptedAt">When it is accepted.</param>
    /// <exception cref="ArgumentException">The stream has no valid name.</exception>
    public static NewMessage ToMessage(Submission submission, DateTimeOffset acceptedAt) =>
        new(submission.Id, acceptedAt, submission.Envelope, submission.Content, Group(submission))
        {
            Key = submission.Key,
            Note = NoteOf(submission, acceptedAt),
        };

    // RFC 3461 section 5.2.7.3, the third way: success is reported once for the address that was expanded.
    private static NotedReport? NoteOf(Submission submission, DateTimeOffset at)
    {
        if (submission.Expanded.Count == 0 || submission.Envelope.ReversePath is null) return null;
        var expanded = new NotedOutcome(
            [.. submission.Expanded.Select(one => new NotedRecipient(one.Address, one.OriginalRecipient))], Disposition.Delivered,
            SuccessReport.Expanded, Expanded, "");
        return new NotedReport(QueueOf(submission.Recipients[0], submission), ReportCause.Attempt, at, null, [expanded]);
    }

    // In the order in which the recipients were named.
    private static IReadOnlyList<NewPart> Group(Submission submission)
    {
        var recipients = submission.Recipients;
        if (recipients.Count == 1) return [Part(QueueOf(recipients[0], submission), recipients, submission)];
        var groups = new OrderedDictionary<QueueKey, List<Mailbox>>();
        foreach (var recipient in recipients)
        {
            var queue = QueueOf(recipient, submission);
            if (groups.TryGetValue(queue, out var group)) group.Add(recipient);
            else groups.Add(queue, [recipient]);
        }

        return [.. groups.Select(group => Part(group.Key, group.Value, submission))];
    }

    private static QueueKey QueueOf(Mailbox recipient, Submission submission) => QueueKey.For(submission.Stream, recipient.Domain);

    private static NewPart Part(QueueKey queue, IReadOnlyList<Mailbox> recipients, Submission submission)
    {
        var part = new PartEnvelope(recipients);
        var requests = submission.Requests;
        if (requests.Count == 0 || !recipients.Any(requests.ContainsKey)) return new NewPart(queue, part);
        return new NewPart(
            queue, part with { Requests = [.. recipients.Select(recipient => requests.GetValueOrDefault(recipient, DsnRequest.None))] });
    }
}
