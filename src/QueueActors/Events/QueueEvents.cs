using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Events;

/// <summary>An event in the journal of a queue. A replay of all events in order gives the exact state of the queue.</summary>
internal interface IQueueEvent;

/// <summary>A row of the journal: all events of a batch. So a busy queue writes few rows.</summary>
/// <param name="Events">The events, in order.</param>
internal sealed record QueueEventBatch(IReadOnlyList<IQueueEvent> Events) : IProtocolMessage
{
    /// <summary>
    /// The node that wrote the row, in the first row that it writes; null in its further rows, and in rows of older programs.
    /// </summary>
    public string? Owner { get; init; }
}

/// <summary>A new owner has found mail in the journal and taken over the queue. The write fences off every earlier owner.</summary>
/// <param name="Node">The address of the new owner's node.</param>
/// <param name="At">The time of the event.</param>
internal sealed record OwnershipTaken(string Node, DateTimeOffset At) : IQueueEvent;

/// <summary>A part has been added to the queue and is due at its time of sending.</summary>
/// <param name="Part">The part.</param>
internal sealed record MessageEnqueued(QueuedPart Part) : IQueueEvent
{
    /// <summary>The message.</summary>
    public MessageId Message => Part.Message;

    /// <summary>The state of a part that was moved from another queue; null for others. A moved part is due at once.</summary>
    public MovedPart? Moved { get; init; }
}

/// <summary>Attempts have started. Persisted before any of their jobs is sent.</summary>
/// <param name="Destination">The destination of the attempts.</param>
/// <param name="At">The time of the event.</param>
/// <param name="Attempts">The messages, with the numbers of their attempts.</param>
internal sealed record AttemptsStarted(DestinationId Destination, DateTimeOffset At, IReadOnlyList<AttemptId> Attempts) : IQueueEvent;

/// <summary>An attempt has ended, or a decision was made without an attempt (for example, the domain does not exist).</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The attempt's number.</param>
/// <param name="At">The time of the event.</param>
/// <param name="Result">The result of the attempt.</param>
/// <param name="Recipients">The outcomes of recipients; all other recipients stay open.</param>
/// <param name="NextDue">The next time when the open recipients are due, with the jitter of the schedule, which makes a replay exact. Null
/// if no recipient is open.</param>
internal sealed record AttemptEnded(
    MessageId Message,
    int Attempt,
    DateTimeOffset At,
    AttemptResult Result,
    IReadOnlyList<RecipientOutcome> Recipients,
    DateTimeOffset? NextDue) : IQueueEvent
{
    /// <summary>How the attempt reached the remote host; null where no host was reached or no history is kept.</summary>
    public AttemptDetails? Details { get; init; }
}

/// <summary>The queue lifetime of a message has ended: its open recipients have failed.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The number of this decision: the last attempt's plus 1.</param>
/// <param name="At">The time of the event.</param>
/// <param name="Reply">The last known reply, for the DSN.</param>
/// <param name="RemoteHost">The host of the reply; empty for a reply of this program.</param>
internal sealed record MessageExpired(MessageId Message, int Attempt, DateTimeOffset At, SmtpReply Reply, string RemoteHost) : IQueueEvent;

/// <summary>A message is delayed, and its sender gets a single delay report; the recipients stay open.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The number of this decision: the last attempt's plus 1.</param>
/// <param name="At">The time of the event.</param>
/// <param name="Reply">The last known reply, for the DSN.</param>
/// <param name="RemoteHost">The host of the reply; empty for a reply of this program.</param>
internal sealed record MessageDelayed(MessageId Message, int Attempt, DateTimeOffset At, SmtpReply Reply, string RemoteHost) : IQueueEvent;

/// <summary>An operator's action was applied to messages without an attempt in flight.</summary>
/// <param name="Number">The number of the action. A message takes an action once, and none with a lower number afterwards.</param>
/// <param name="Action">What was ordered.</param>
/// <param name="At">The time of the event.</param>
/// <param name="Messages">The messages with the number of this decision, at most <see cref="MaxMessages"/>; for actions that end
/// the messages in this queue, and where a history is kept, it is the last attempt's plus 1, for others the last attempt's.</param>
/// <param name="Reply">For actions that end the messages in this queue: the reply for the DSN and the history. For others: the reply for
/// the history; null where none is kept.</param>
internal sealed record ActionApplied(
    int Number, MessageAction Action, DateTimeOffset At, IReadOnlyList<AttemptId> Messages, SmtpReply? Reply) : IQueueEvent
{
    /// <summary>The maximum number of messages in an event, which bounds a row of the journal.</summary>
    public const int MaxMessages = 500;

    /// <summary>For a move: the stream in whose queue the messages continue; otherwise empty.</summary>
    public string Stream { get; init; } = "";
}

/// <summary>The site is unreachable and paused until a time; no attempt is counted.</summary>
/// <param name="At">The time of the event.</param>
/// <param name="Until">The end of the pause.</param>
/// <param name="Reply">The reason.</param>
internal sealed record SiteDeferred(DateTimeOffset At, DateTimeOffset Until, SmtpReply Reply) : IQueueEvent
{
    private static readonly SmtpReply OtherSite = new(450, new EnhancedStatus(4, 4, 0), "the queue has another destination");

    /// <summary>
    /// Whether the event ends the pause instead, since the queue has another destination. Older programs read a pause that is over.
    /// </summary>
    public bool IsEnd => Until <= At;

    /// <summary>The end of a pause.</summary>
    public static SiteDeferred Ended(DateTimeOffset now) => new(now, now, OtherSite);
}
