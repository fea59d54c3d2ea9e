using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>A recipient that a report is to name.</summary>
/// <param name="Address">The recipient.</param>
/// <param name="OriginalRecipient">ORCPT as it came; empty for none.</param>
public sealed record NotedRecipient(Mailbox Address, string OriginalRecipient);

/// <summary>What became of some recipients that a report is to name, all alike.</summary>
/// <param name="Recipients">The recipients; at least one.</param>
/// <param name="Disposition">Their fate.</param>
/// <param name="Success">What is told of those that were delivered to.</param>
/// <param name="Reply">The reply that decided it.</param>
/// <param name="RemoteHost">The host that gave the reply; empty when it is our own.</param>
public sealed record NotedOutcome(
    IReadOnlyList<NotedRecipient> Recipients, Disposition Disposition, SuccessReport Success, SmtpReply Reply, string RemoteHost);

/// <summary>What the settlement of one part has for the sender.</summary>
/// <param name="Queue">The part's queue.</param>
/// <param name="Cause">Why there is something to report.</param>
/// <param name="At">When it was found.</param>
/// <param name="RetriedUntil">Until when recipients that are late are tried; null for other causes.</param>
/// <param name="Outcomes">The recipients, by what became of them; at least one group.</param>
public sealed record NotedReport(
    QueueKey Queue, ReportCause Cause, DateTimeOffset At, DateTimeOffset? RetriedUntil, IReadOnlyList<NotedOutcome> Outcomes);

/// <summary>What has been noted about a message, with what a report needs of the message itself.</summary>
/// <param name="Message">The message.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="Envelope">Its envelope.</param>
/// <param name="Content">Its content, or the first octets of it.</param>
/// <param name="Notes">What was noted, oldest first; at least one.</param>
/// <param name="Rows">The rows of <paramref name="Notes"/>, in the same places.</param>
public sealed record PendingReport(
    MessageId Message, DateTimeOffset AcceptedAt, MessageEnvelope Envelope, MessageContent Content, IReadOnlyList<NotedReport> Notes,
    IReadOnlyList<long> Rows);

/// <summary>A row whose report is due.</summary>
/// <param name="Row">The row; rows are numbered in the order in which they were written.</param>
/// <param name="Message">The message that it is about.</param>
public sealed record DueReport(long Row, MessageId Message);

/// <summary>
/// What the parts of one message have for its sender, kept until one report can tell all of it. <see cref="IPartLedger.SettleAsync"/>
/// writes the rows, in the transaction that settles the part; the message stays until they are gone. Thread-safe.
/// </summary>
/// <remarks>A storage that fails makes a method throw <see cref="SpoolUnavailableException"/>; the caller tries again later.</remarks>
public interface IReportStore
{
    /// <summary>Reads what a report about a part needs: envelopes, and the content's first octets, always from the storage.</summary>
    /// <param name="part">The part.</param>
    /// <param name="maxContent">How many octets of the content at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Null where the part is gone, which means that it was settled.</returns>
    /// <exception cref="CorruptPartException">The part's rows cannot be read.</exception>
    ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken);

    /// <summary>Reads what was noted about a message; null when there is nothing, which means that it was reported.</summary>
    /// <param name="message">The message.</param>
    /// <param name="maxContent">How many octets of the content at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="CorruptPartException">The rows cannot be read.</exception>
    ValueTask<PendingReport?> ReadPendingAsync(MessageId message, int maxContent, CancellationToken cancellationToken);

    /// <summary>Lists rows that were written before a time, oldest first.</summary>
    /// <param name="notedBefore">The time.</param>
    /// <param name="after">The row where the last page ended; 0 for the first page.</param>
    /// <param name="limit">Most rows to list.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    ValueTask<IReadOnlyList<DueReport>> FindDueAsync(
        DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Ends what was noted: in one transaction, and only if all of the rows are there, they are deleted and the notification is stored. The
    /// message's row goes when no part and no row is left. So of several callers that read the same rows one is successful.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="rows">The rows that the notification tells of.</param>
    /// <param name="notification">A DSN to the sender, or null when nobody can be told.</param>
    /// <param name="cancellationToken">Gives up waiting only before the commit began.</param>
    /// <returns>Whether the rows were there, and so whether the notification was stored.</returns>
    ValueTask<bool> CompleteAsync(
        MessageId message, IReadOnlyList<long> rows, NewMessage? notification, CancellationToken cancellationToken);
}
