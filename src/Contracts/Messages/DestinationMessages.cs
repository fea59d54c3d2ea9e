using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Messages;

/// <summary>Queue to destination: a request for credit. Answered by <see cref="CreditGranted"/> when it is the queue's turn, or
/// <see cref="SiteUnavailable"/>. Replaces the queue's earlier request; repeated while no credit is granted.</summary>
/// <param name="Target">The destination and its hosts.</param>
/// <param name="Queue">The requesting queue.</param>
/// <param name="Jobs">The number of jobs waiting for credit; 0 withdraws the request.</param>
public sealed record RequestCredit(DeliveryTarget Target, QueueKey Queue, int Jobs) : IDestinationMessage
{
    /// <summary>
    /// Whether an operator has ordered a retry of the queue: a pause of the destination ends, unless its last try was a moment ago, and a
    /// connection is tried at once.
    /// </summary>
    public bool EndsPause { get; init; }

    /// <inheritdoc/>
    public DestinationId Destination => Target.Destination;
}

/// <summary>One part to be delivered.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The attempt's number; with message and queue it makes the job idempotent.</param>
/// <param name="Open">The open recipients.</param>
public sealed record DeliveryJob(MessageId Message, int Attempt, RecipientSet Open);

/// <summary>
/// Queue to destination: jobs to deliver. Idempotent by (message, queue, attempt): a job in flight, or ended a short while ago, is not sent
/// twice, but answered with its outcome.
/// </summary>
/// <param name="Target">The destination and its hosts.</param>
/// <param name="Queue">The queue of the jobs.</param>
/// <param name="Jobs">The jobs, at most <see cref="MaxJobs"/>.</param>
public sealed record Deliver(DeliveryTarget Target, QueueKey Queue, IReadOnlyList<DeliveryJob> Jobs) : IDestinationMessage
{
    /// <summary>The maximum number of jobs in a message.</summary>
    public const int MaxJobs = 500;

    /// <summary>
    /// The <see cref="Incarnation"/> of repeated jobs: a destination answers a known job with its outcome. Another destination returns the
    /// job, because its predecessor may have sent the message.
    /// </summary>
    public const long IfKnown = -1;

    /// <summary>
    /// The incarnation of the destination granting the credit for these jobs. Another incarnation returns an unknown job: the command may
    /// have waited while the destination moved, and the job may be done. Every incarnation accepts 0.
    /// </summary>
    public long Incarnation { get; init; }

    /// <inheritdoc/>
    public DestinationId Destination => Target.Destination;
}

/// <summary>
/// Queue to destination: jobs of the queue that still wait for a connection or for the site's rate are returned as not attempted, since the
/// queue is suspended or an operator's action waits for the messages. Running attempts end by themselves. A lost message costs only time.
/// </summary>
/// <param name="Destination">The destination.</param>
/// <param name="Queue">The queue.</param>
/// <param name="Messages">The messages, at most <see cref="MaxMessages"/>; empty for all messages of the queue.</param>
public sealed record ReturnJobs(DestinationId Destination, QueueKey Queue, IReadOnlyList<MessageId> Messages) : IDestinationMessage
{
    /// <summary>The maximum number of messages.</summary>
    public const int MaxMessages = 500;
}

/// <summary>Names an attempt of a message.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The attempt's number.</param>
public readonly record struct AttemptId(MessageId Message, int Attempt);

/// <summary>Queue to destination: the journal holds these outcomes, so the destination stops repeating them.</summary>
/// <param name="Destination">The destination.</param>
/// <param name="Queue">The queue.</param>
/// <param name="Attempts">The attempts.</param>
public sealed record OutcomesAcknowledged(DestinationId Destination, QueueKey Queue, IReadOnlyList<AttemptId> Attempts)
    : IDestinationMessage;
