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

/// <summary>
/// Operations to queue: an operator's action on messages of the queue. Idempotent by <paramref name="Number"/>; repeated until the answer
/// <see cref="ActionProgress"/> to the sender says that it is complete.
/// </summary>
/// <param name="Queue">The queue.</param>
/// <param name="Number">The number of the action. A message takes no action with a lower number afterwards.</param>
/// <param name="Action">What was ordered.</param>
/// <param name="AcceptedBefore">Only messages accepted before this time are meant.</param>
/// <param name="Messages">The messages, at most <see cref="MaxMessages"/>; empty for all messages.</param>
/// <param name="Reason">The operator's reason, for DSNs and the history; at most <see cref="MaxReason"/> characters, may be empty.</param>
public sealed record ApplyAction(
    QueueKey Queue, int Number, MessageAction Action, DateTimeOffset AcceptedBefore, IReadOnlyList<MessageId> Messages, string Reason)
    : IQueueMessage
{
    /// <summary>The maximum number of messages.</summary>
    public const int MaxMessages = 500;

    /// <summary>The maximum length of a reason.</summary>
    public const int MaxReason = 200;

    /// <summary>
    /// The number of the order among all orders of its sender, which answers repeat: one action may send many orders to a queue.
    /// </summary>
    public int Piece { get; init; }

    /// <summary>For a move: the stream in whose queue the messages continue; otherwise empty.</summary>
    public string Stream { get; init; } = "";
}

/// <summary>Queue to Operations: how far an action is.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Number">The number of the action.</param>
/// <param name="Messages">How many messages this owner of the queue has applied it to.</param>
/// <param name="IsComplete">Whether all meant messages have taken it.</param>
public sealed record ActionProgress(QueueKey Queue, int Number, int Messages, bool IsComplete) : IProtocolMessage
{
    /// <summary><see cref="ApplyAction.Piece"/> of the order.</summary>
    public int Piece { get; init; }

    /// <summary>For a retry: how many meant messages were left alone, since they are on hold.</summary>
    public int Held { get; init; }

    /// <summary>For a retry or a release: how many of <see cref="Messages"/> wait all the same, since the queue is suspended.</summary>
    public int Suspended { get; init; }
}

/// <summary>
/// Operations to queue: an action has ended before it was carried out, and is not applied to further messages. Not repeated: a queue drops
/// orders that are no longer repeated.
/// </summary>
/// <param name="Queue">The queue.</param>
/// <param name="Number">The number of the action.</param>
public sealed record WithdrawAction(QueueKey Queue, int Number) : IQueueMessage;

/// <summary>
/// Operations to queue: a suspension of the queue, or a move of its mail to a route, may have begun, changed or ended.
/// </summary>
/// <param name="Queue">The queue.</param>
public sealed record SuspensionChanged(QueueKey Queue) : IQueueMessage;
