using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Messages;

/// <summary>One part that is offered to its queue.</summary>
/// <param name="Part">The part.</param>
/// <param name="IsRepeat">
/// Whether the part may have been offered before. A queue that does not know such a part asks the spool whether it is still there
/// before taking it, since it may have been delivered and settled meanwhile.
/// </param>
public sealed record PartOffer(QueuedPart Part, bool IsRepeat)
{
    /// <summary>The message.</summary>
    public MessageId Message => Part.Message;
}

/// <summary>Hand-off to queue: take these parts. Idempotent by message id. Acknowledged by <see cref="Enqueued"/> to the sender.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Parts">The parts, at most <see cref="MaxParts"/>.</param>
public sealed record Enqueue(QueueKey Queue, IReadOnlyList<PartOffer> Parts) : IQueueMessage
{
    /// <summary>Most parts in one message, so that it stays far below the remoting frame limit of 128,000 bytes.</summary>
    public const int MaxParts = 500;
}

/// <summary>Queue to hand-off: these parts are in the journal (or were settled before); the hand-off may forget them.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Messages">The messages.</param>
public sealed record Enqueued(QueueKey Queue, IReadOnlyList<MessageId> Messages) : IProtocolMessage;

/// <summary>
/// Destination to queue: so many jobs may be sent now. The sender is the destination's entity, for the queue to watch. A grant that is not
/// used within <c>30 s</c> lapses at the destination.
/// </summary>
/// <param name="Queue">The queue.</param>
/// <param name="Destination">Who grants.</param>
/// <param name="Credits">How many jobs.</param>
public sealed record CreditGranted(QueueKey Queue, DestinationId Destination, int Credits) : IQueueMessage
{
    /// <summary>Which incarnation of the destination's entity grants it; it goes with the jobs.</summary>
    public long Incarnation { get; init; }
}

/// <summary>
/// Destination to queue: the site cannot be reached; ask for credit again after a while. No message's attempt counts for it.
/// </summary>
/// <param name="Queue">The queue.</param>
/// <param name="Destination">Who says so.</param>
/// <param name="RetryAfter">How long to wait.</param>
/// <param name="Reply">Why, as a reply of class 4.</param>
public sealed record SiteUnavailable(QueueKey Queue, DestinationId Destination, TimeSpan RetryAfter, SmtpReply Reply) : IQueueMessage;

/// <summary>Destination to queue: how jobs ended. Sent again until acknowledged by <see cref="OutcomesAcknowledged"/>.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Destination">Where the jobs ran.</param>
/// <param name="Jobs">The outcomes.</param>
public sealed record Outcomes(QueueKey Queue, DestinationId Destination, IReadOnlyList<JobOutcome> Jobs) : IQueueMessage
{
    /// <summary>Most outcomes in one message.</summary>
    public const int MaxJobs = 100;
}
