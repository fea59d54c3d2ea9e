using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Messages;

/// <summary>Queue to destination: this many jobs wait. Answered by <see cref="CreditGranted"/> when it is the queue's turn, or
/// <see cref="SiteUnavailable"/>. Replaces the queue's earlier request; sent again from time to time while nothing is granted.</summary>
/// <param name="Target">The destination and how it connects.</param>
/// <param name="Queue">Who asks.</param>
/// <param name="Jobs">How many jobs wait for credit; 0 withdraws the request.</param>
public sealed record RequestCredit(DeliveryTarget Target, QueueKey Queue, int Jobs) : IDestinationMessage
{
    /// <inheritdoc/>
    public DestinationId Destination => Target.Destination;
}

/// <summary>One part to be delivered.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The attempt's number; with message and queue it makes the job idempotent.</param>
/// <param name="Open">The recipients that are still open.</param>
public sealed record DeliveryJob(MessageId Message, int Attempt, RecipientSet Open);

/// <summary>Queue to destination: deliver these. Idempotent by (message, queue, attempt): a job that is in flight, or ended a short
/// while ago, is not sent twice, but answered with its outcome.</summary>
/// <param name="Target">The destination and how it connects.</param>
/// <param name="Queue">Whose jobs they are.</param>
/// <param name="Jobs">The jobs, at most <see cref="MaxJobs"/>.</param>
public sealed record Deliver(DeliveryTarget Target, QueueKey Queue, IReadOnlyList<DeliveryJob> Jobs) : IDestinationMessage
{
    /// <summary>Most jobs in one message.</summary>
    public const int MaxJobs = 500;

    /// <summary>
    /// The <see cref="Incarnation"/> of jobs that are sent again: a destination that knows them answers, any other gives them back, for it
    /// cannot tell whether the one before it has sent them.
    /// </summary>
    public const long IfKnown = -1;

    /// <summary>
    /// The incarnation of the destination that has granted the credit for these jobs. Any other one that does not know them gives them
    /// back: the message may have waited while the destination moved, and its jobs may be done. 0 is taken by all.
    /// </summary>
    public long Incarnation { get; init; }

    /// <inheritdoc/>
    public DestinationId Destination => Target.Destination;
}

/// <summary>Names one attempt of one message.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The attempt's number.</param>
public readonly record struct AttemptId(MessageId Message, int Attempt);

/// <summary>Queue to destination: these outcomes are in the journal; they need not be sent again.</summary>
/// <param name="Destination">The destination.</param>
/// <param name="Queue">The queue.</param>
/// <param name="Attempts">The attempts.</param>
public sealed record OutcomesAcknowledged(DestinationId Destination, QueueKey Queue, IReadOnlyList<AttemptId> Attempts)
    : IDestinationMessage;
