using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>A captured message, without its content.</summary>
/// <param name="Id">The message's id; a message captured for several domains has a row for each.</param>
/// <param name="Queue">The queue of its part.</param>
/// <param name="CapturedAt">The time of its capture.</param>
/// <param name="ReversePath">The sender; empty for the null reverse-path.</param>
/// <param name="Recipients">The recipients.</param>
/// <param name="Size">Length of the content in octets.</param>
/// <param name="Subject">The subject, decoded, cut to 200 characters.</param>
public sealed record CapturedMessage(
    MessageId Id,
    QueueKey Queue,
    DateTimeOffset CapturedAt,
    string ReversePath,
    IReadOnlyList<string> Recipients,
    long Size,
    string Subject);

/// <summary>Keeps the mail of routes with the target <c>capture</c>. Durable, bounded by count and age. Thread-safe.</summary>
public interface ICaptureStore
{
    /// <summary>
    /// Keeps a part's message. Idempotent by part: the recipients of a repeat join the row. Deletes the rows beyond the bounds.
    /// </summary>
    /// <param name="part">The part, as read from the spool.</param>
    /// <param name="recipients">The open recipients.</param>
    /// <param name="capturedAt">The present time.</param>
    /// <param name="cancellationToken">Cancels before the commit began.</param>
    ValueTask CaptureAsync(
        SpooledPart part, IReadOnlyList<Mailbox> recipients, DateTimeOffset capturedAt, CancellationToken cancellationToken);

    /// <summary>Lists the captured messages, the newest first.</summary>
    ValueTask<IReadOnlyList<CapturedMessage>> ListAsync(int limit, CancellationToken cancellationToken);

    /// <summary>The content of a captured message, octet for octet as it would have been sent; null when there is none.</summary>
    ValueTask<MessageContent?> ReadContentAsync(MessageId id, CancellationToken cancellationToken);

    /// <summary>Deletes a captured message, or all.</summary>
    /// <param name="id">The id of the message; null for all messages.</param>
    /// <param name="cancellationToken">Ends the deletion. Messages that are already deleted stay deleted.</param>
    /// <returns>The number of deleted rows: a message captured for several domains has a row for each.</returns>
    ValueTask<int> DeleteAsync(MessageId? id, CancellationToken cancellationToken);
}
