using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Messages;

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
