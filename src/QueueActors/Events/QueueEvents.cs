using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Events;

/// <summary>Something that happened to a queue, as its journal holds it. Replaying them in order gives the queue's state exactly.</summary>
internal interface IQueueEvent;

/// <summary>One row of the journal: all events of one decided batch, so that a busy queue writes few rows.</summary>
/// <param name="Events">The events, in order.</param>
internal sealed record QueueEventBatch(IReadOnlyList<IQueueEvent> Events) : IProtocolMessage;

/// <summary>An entity that found mail in its journal has taken the queue over. Writing it fences every earlier owner off.</summary>
/// <param name="Node">Address of the new owner's node.</param>
/// <param name="At">When.</param>
internal sealed record OwnershipTaken(string Node, DateTimeOffset At) : IQueueEvent;

/// <summary>A part belongs to this queue now, and is due at once.</summary>
/// <param name="Part">The part.</param>
internal sealed record MessageEnqueued(QueuedPart Part) : IQueueEvent
{
    /// <summary>The message.</summary>
    public MessageId Message => Part.Message;
}

/// <summary>Attempts are about to be made: persisted before any job of them is sent.</summary>
/// <param name="Destination">Where.</param>
/// <param name="At">When.</param>
/// <param name="Attempts">Which messages, with the numbers of their attempts.</param>
internal sealed record AttemptsStarted(DestinationId Destination, DateTimeOffset At, IReadOnlyList<AttemptId> Attempts) : IQueueEvent;

/// <summary>An attempt ended, or a decision was made without one (as when the domain does not exist).</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The attempt's number.</param>
/// <param name="At">When.</param>
/// <param name="Result">How.</param>
/// <param name="Recipients">What became of the recipients; those not named stay open.</param>
/// <param name="NextDue">When the recipients that are still open are due again; it carries the schedule's jitter, so that a replay is
/// exact. Null when none is open.</param>
internal sealed record AttemptEnded(
    MessageId Message,
    int Attempt,
    DateTimeOffset At,
    AttemptResult Result,
    IReadOnlyList<RecipientOutcome> Recipients,
    DateTimeOffset? NextDue) : IQueueEvent;

/// <summary>The queue's lifetime for a message is over: its open recipients have failed.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">Number of this decision, one above the last attempt's.</param>
/// <param name="At">When.</param>
/// <param name="Reply">The last reply known, as it stands in the DSN.</param>
/// <param name="RemoteHost">Who gave it; empty when it is our own.</param>
internal sealed record MessageExpired(MessageId Message, int Attempt, DateTimeOffset At, SmtpReply Reply, string RemoteHost) : IQueueEvent;

/// <summary>A message has waited for long, and its sender is to be told so, once; the recipients stay open.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">Number of this decision, one above the last attempt's.</param>
/// <param name="At">When.</param>
/// <param name="Reply">The last reply known, as it stands in the DSN.</param>
/// <param name="RemoteHost">Who gave it; empty when it is our own.</param>
internal sealed record MessageDelayed(MessageId Message, int Attempt, DateTimeOffset At, SmtpReply Reply, string RemoteHost) : IQueueEvent;

/// <summary>The site as a whole cannot be reached until a time; no message's attempt counts for it.</summary>
/// <param name="At">When it was said.</param>
/// <param name="Until">When to ask again.</param>
/// <param name="Reply">Why.</param>
internal sealed record SiteDeferred(DateTimeOffset At, DateTimeOffset Until, SmtpReply Reply) : IQueueEvent;
