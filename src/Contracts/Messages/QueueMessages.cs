using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Messages;

/// <summary>A part offered to its queue.</summary>
/// <param name="Part">The part.</param>
/// <param name="IsRepeat">Whether the part may have been offered before. A queue asks the spool about an unknown repeated part before
/// accepting it, because the part may have been delivered and settled meanwhile.
/// </param>
public sealed record PartOffer(QueuedPart Part, bool IsRepeat)
{
    /// <summary>The message.</summary>
    public MessageId Message => Part.Message;
}

/// <summary>Hand-off to queue: parts to accept. Idempotent by message id. Acknowledged by <see cref="Enqueued"/> to the sender.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Parts">The parts, at most <see cref="MaxParts"/>.</param>
public sealed record Enqueue(QueueKey Queue, IReadOnlyList<PartOffer> Parts) : IQueueMessage
{
    /// <summary>The maximum number of parts in a message, which keeps it far below the remoting frame limit of 128,000 bytes.</summary>
    public const int MaxParts = 500;
}

/// <summary>Queue to hand-off: the journal holds these parts, or they were settled before; the hand-off drops them.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Messages">The messages.</param>
public sealed record Enqueued(QueueKey Queue, IReadOnlyList<MessageId> Messages) : IProtocolMessage;

/// <summary>
/// Destination to queue: credit for jobs. The sender is the destination's entity, which the queue watches. Credit not used within 30 s
/// lapses at the destination.
/// </summary>
/// <param name="Queue">The queue.</param>
/// <param name="Destination">The granting destination.</param>
/// <param name="Credits">The number of jobs.</param>
public sealed record CreditGranted(QueueKey Queue, DestinationId Destination, int Credits) : IQueueMessage
{
    /// <summary>The granting incarnation of the destination's entity; the jobs carry it.</summary>
    public long Incarnation { get; init; }
}

/// <summary>
/// Destination to queue: the site cannot be reached. The queue asks for credit again later; no attempt is counted.
/// </summary>
/// <param name="Queue">The queue.</param>
/// <param name="Destination">The destination.</param>
/// <param name="RetryAfter">The time to wait.</param>
/// <param name="Reply">The reason, a reply of class 4.</param>
public sealed record SiteUnavailable(QueueKey Queue, DestinationId Destination, TimeSpan RetryAfter, SmtpReply Reply) : IQueueMessage;

/// <summary>Destination to queue: outcomes of jobs. Repeated until acknowledged by <see cref="OutcomesAcknowledged"/>.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Destination">The destination of the jobs.</param>
/// <param name="Jobs">The outcomes.</param>
public sealed record Outcomes(QueueKey Queue, DestinationId Destination, IReadOnlyList<JobOutcome> Jobs) : IQueueMessage
{
    /// <summary>The maximum number of outcomes in a message.</summary>
    public const int MaxJobs = 100;
}
