using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>A recipient for a report to name.</summary>
/// <param name="Address">The recipient.</param>
/// <param name="OriginalRecipient">ORCPT as it came; empty for none.</param>
public sealed record NotedRecipient(Mailbox Address, string OriginalRecipient);

/// <summary>Recipients for a report to name, all with the same outcome.</summary>
/// <param name="Recipients">The recipients; at least 1.</param>
/// <param name="Disposition">Their fate.</param>
/// <param name="Success">The kind of success in the report for delivered recipients.</param>
/// <param name="Reply">The deciding reply.</param>
/// <param name="RemoteHost">The host of the reply; empty for a reply of this system.</param>
public sealed record NotedOutcome(
    IReadOnlyList<NotedRecipient> Recipients, Disposition Disposition, SuccessReport Success, SmtpReply Reply, string RemoteHost);

/// <summary>The report to the sender from the settlement of a part.</summary>
/// <param name="Queue">The part's queue.</param>
/// <param name="Cause">Why there is something to report.</param>
/// <param name="At">When it was found.</param>
/// <param name="RetriedUntil">Until when delayed recipients are tried; null for other causes.</param>
/// <param name="Outcomes">The recipients, grouped by outcome; at least 1 group.</param>
public sealed record NotedReport(
    QueueKey Queue, ReportCause Cause, DateTimeOffset At, DateTimeOffset? RetriedUntil, IReadOnlyList<NotedOutcome> Outcomes);

/// <summary>The notes about a message, with the data of the message for a report.</summary>
/// <param name="Message">The message.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="Envelope">Its envelope.</param>
/// <param name="Content">Its content, or the first octets of it.</param>
/// <param name="Notes">The notes, oldest first; at least 1.</param>
/// <param name="Rows">The rows of <paramref name="Notes"/>, in the same places.</param>
public sealed record PendingReport(
    MessageId Message, DateTimeOffset AcceptedAt, MessageEnvelope Envelope, MessageContent Content, IReadOnlyList<NotedReport> Notes,
    IReadOnlyList<long> Rows);

/// <summary>A row whose report is due.</summary>
/// <param name="Row">The row; rows are numbered in the order in which they were written.</param>
/// <param name="Message">The message of the row.</param>
public sealed record DueReport(long Row, MessageId Message);

/// <summary>
/// The notes from the parts of a message to its sender, kept until a single report can contain all of them.
/// <see cref="IPartLedger.SettleAsync"/> writes the rows, in the transaction of the settlement; the message stays until they are gone.
/// Thread-safe.
/// </summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails; the caller tries again later.</remarks>
public interface IReportStore
{
    /// <summary>Reads the data for a report about a part: envelopes, and the content's first octets, always from the storage.</summary>
    /// <param name="part">The part.</param>
    /// <param name="maxContent">How many octets of the content at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Null where the part was settled.</returns>
    /// <exception cref="CorruptPartException">The part's rows cannot be read.</exception>
    ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken);

    /// <summary>Reads the notes about a message; null when there are none, because they were reported.</summary>
    /// <param name="message">The message.</param>
    /// <param name="maxContent">How many octets of the content at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="CorruptPartException">The rows cannot be read.</exception>
    ValueTask<PendingReport?> ReadPendingAsync(MessageId message, int maxContent, CancellationToken cancellationToken);

    /// <summary>Lists rows written before a time, oldest first.</summary>
    /// <param name="notedBefore">The time.</param>
    /// <param name="after">The row where the last page ended; 0 for the first page.</param>
    /// <param name="limit">Most rows to list.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    ValueTask<IReadOnlyList<DueReport>> FindDueAsync(
        DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Completes a report: if all of the rows exist, a single transaction deletes the rows and stores the notification. It deletes the row
    /// of the message when no part and no note is left. Of several callers with the same rows, only the first succeeds.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="rows">The rows reported by the notification.</param>
    /// <param name="notification">A DSN to the sender, or null when the message has no sender to notify.</param>
    /// <param name="cancellationToken">Ends the wait only before the commit has begun.</param>
    /// <returns>Whether all rows existed. If so, the notification is stored.</returns>
    ValueTask<bool> CompleteAsync(
        MessageId message, IReadOnlyList<long> rows, NewMessage? notification, CancellationToken cancellationToken);
}
