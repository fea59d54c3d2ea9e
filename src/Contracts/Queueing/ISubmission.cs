using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Queueing;

/// <summary>A submitted message from any source: a session, the HTTP API, or this node itself.</summary>
/// <param name="Id">The id of the message; ids are never used twice.</param>
/// <param name="Envelope">The envelope of the message as a whole.</param>
/// <param name="Recipients">The recipients, at least one, each once, in the order given by the sender.</param>
/// <param name="Content">The content.</param>
public sealed record Submission(MessageId Id, MessageEnvelope Envelope, IReadOnlyList<Mailbox> Recipients, MessageContent Content)
{
    private static readonly Dictionary<Mailbox, DsnRequest> NoRequests = [];

    /// <summary>The requested reports; a recipient missing here has no request.</summary>
    public IReadOnlyDictionary<Mailbox, DsnRequest> Requests { get; init; } = NoRequests;

    /// <summary>
    /// The addresses that were expanded to several recipients and whose success is to be reported: by a report that the message was
    /// expanded (RFC 3461 section 5.2.7.3), which is noted in the transaction that stores the message.
    /// </summary>
    public IReadOnlyList<ExpandedRecipient> Expanded { get; init; } = [];

    /// <summary>The stream of the message, by the rules of <see cref="QueueKey"/>.</summary>
    public string Stream { get; init; } = QueueKey.DefaultStream;

    /// <summary>
    /// Whether the message is of this site: from a user, from an own machine, from the API or from this node. Such mail is signed.
    /// </summary>
    public bool IsOwn { get; init; }

    /// <summary>The key that makes a repetition of this submission harmless; null for none.</summary>
    public IdempotencyKey? Key { get; init; }
}

/// <summary>An address that was expanded to several recipients.</summary>
/// <param name="Address">The address.</param>
/// <param name="OriginalRecipient">ORCPT as it came; empty for none.</param>
public sealed record ExpandedRecipient(Mailbox Address, string OriginalRecipient);

/// <summary>
/// The single entry point for messages: groups the recipients into parts by their queues, stores the message durably, and hands the parts
/// to their queues after the commit. Thread-safe.
/// </summary>
public interface ISubmission
{
    /// <summary>
    /// Waits while queues are behind with earlier mail; at most 1 second. To be called before the content of a message is requested.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    ValueTask WaitForCapacityAsync(CancellationToken cancellationToken);

    /// <summary>Stores a message and hands it off. Cancelling ends the wait only before the commit began.</summary>
    /// <returns>
    /// Only after <see cref="StoreStatus.Stored"/> may the message be reported as accepted to the sender, and after
    /// <see cref="StoreStatus.StoredBefore"/> the earlier message. The other results store nothing.
    /// </returns>
    ValueTask<StoreResult> SubmitAsync(Submission submission, CancellationToken cancellationToken);
}
