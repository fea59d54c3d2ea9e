using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Events;

/// <summary>Something that happened to a queue, as its journal holds it. Replaying them in order gives the queue's state exactly.</summary>
public interface IQueueEvent;

/// <summary>One row of the journal: all events of one decided batch, so that a busy queue writes few rows.</summary>
/// <param name="Events">The events, in order.</param>
public sealed record QueueEventBatch(IReadOnlyList<IQueueEvent> Events) : IProtocolMessage;

/// <summary>
/// Stands in a replay for a row whose bytes are not what its manifest says: damaged storage. What it held is lost; that there was something
/// is known. Never written.
/// </summary>
/// <param name="Manifest">The row's manifest.</param>
/// <param name="Bytes">What stands there.</param>
/// <param name="Reason">Why it cannot be read.</param>
public sealed record UnreadableRow(string Manifest, byte[] Bytes, string Reason);

/// <summary>
/// Stands in a replay for all rows of a queue that has none: nobody has owned the queue yet, or it was empty for so long that its last row
/// was deleted. Never written.
/// </summary>
/// <param name="SettledBefore">All that an earlier owner may have settled was accepted before this.</param>
public sealed record NoRowsKept(DateTimeOffset SettledBefore);

/// <summary>An entity that found mail in its journal has taken the queue over. Writing it fences every earlier owner off.</summary>
/// <param name="Node">Address of the new owner's node.</param>
/// <param name="At">When.</param>
public sealed record OwnershipTaken(string Node, DateTimeOffset At) : IQueueEvent;

/// <summary>A part belongs to this queue now, and is due at once.</summary>
/// <param name="Part">The part.</param>
public sealed record MessageEnqueued(QueuedPart Part) : IQueueEvent
{
    /// <summary>The message.</summary>
    public MessageId Message => Part.Message;
}

/// <summary>Attempts are about to be made: persisted before any job of them is sent.</summary>
/// <param name="Destination">Where.</param>
/// <param name="At">When.</param>
/// <param name="Attempts">Which messages, with the numbers of their attempts.</param>
public sealed record AttemptsStarted(DestinationId Destination, DateTimeOffset At, IReadOnlyList<AttemptId> Attempts) : IQueueEvent;

/// <summary>An attempt ended, or a decision was made without one (as when the domain does not exist).</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The attempt's number.</param>
/// <param name="At">When.</param>
/// <param name="Result">How.</param>
/// <param name="Recipients">What became of the recipients; those not named stay open.</param>
/// <param name="NextDue">When the recipients that are still open are due again; it carries the schedule's jitter, so that a replay is
/// exact. Null when none is open.</param>
public sealed record AttemptEnded(
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
public sealed record MessageExpired(MessageId Message, int Attempt, DateTimeOffset At, SmtpReply Reply, string RemoteHost) : IQueueEvent;

/// <summary>A message has waited for long, and its sender is to be told so, once; the recipients stay open.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">Number of this decision, one above the last attempt's.</param>
/// <param name="At">When.</param>
/// <param name="Reply">The last reply known, as it stands in the DSN.</param>
/// <param name="RemoteHost">Who gave it; empty when it is our own.</param>
public sealed record MessageDelayed(MessageId Message, int Attempt, DateTimeOffset At, SmtpReply Reply, string RemoteHost) : IQueueEvent;

/// <summary>The site as a whole cannot be reached until a time; no message's attempt counts for it.</summary>
/// <param name="At">When it was said.</param>
/// <param name="Until">When to ask again.</param>
/// <param name="Reply">Why.</param>
public sealed record SiteDeferred(DateTimeOffset At, DateTimeOffset Until, SmtpReply Reply) : IQueueEvent;

/// <summary>
/// A piece of the whole state, written into the journal itself; when the last piece is there, all events before the first one
/// are deleted. An unfinished run of pieces (a crash in between) is ignored by the replay.
/// </summary>
/// <param name="Index">0 for the first piece.</param>
/// <param name="IsLast">Whether the state is complete with this piece.</param>
/// <param name="Entries">Messages in the queue.</param>
/// <param name="Unsettled">Reports whose settling the spool has not confirmed.</param>
public sealed record CheckpointPiece(
    int Index,
    bool IsLast,
    IReadOnlyList<CheckpointEntry> Entries,
    IReadOnlyList<CheckpointReport> Unsettled) : IProtocolMessage
{
    /// <summary>Most entries and reports in a piece, together.</summary>
    public const int MaxItems = 500;

    /// <summary>
    /// What holds for the queue as a whole, in the last piece; null in other pieces, and in checkpoints that an older program wrote.
    /// </summary>
    public CheckpointQueue? Queue { get; init; }
}

/// <summary>What holds for the queue as a whole, in a checkpoint.</summary>
/// <param name="SiteUntil">Until when the site as a whole is left alone; null when it is not.</param>
/// <param name="SiteReply">Why it is left alone.</param>
/// <param name="SiteFailures">How often in a row the site was found unreachable, or its route could not be found.</param>
/// <param name="LastNegativeReply">The last reply that was not a success.</param>
public sealed record CheckpointQueue(DateTimeOffset? SiteUntil, SmtpReply? SiteReply, int SiteFailures, SmtpReply? LastNegativeReply);

/// <summary>One message of the queue, in a checkpoint.</summary>
public sealed record CheckpointEntry
{
    /// <summary>The part.</summary>
    public required QueuedPart Part { get; init; }

    /// <summary>The recipients that are still open.</summary>
    public required RecipientSet Open { get; init; }

    /// <summary>When it is due next.</summary>
    public required DateTimeOffset NextDue { get; init; }

    /// <summary>Number of the last attempt that was started; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>How many attempts count for the retry schedule.</summary>
    public int Tries { get; init; }

    /// <summary>How often a worker of ours crashed on it.</summary>
    public int Crashes { get; init; }

    /// <summary>Whether the attempt is started and has no outcome.</summary>
    public bool IsInFlight { get; init; }

    /// <summary>Where the attempt in flight was started; null when there is none.</summary>
    public DestinationId? Destination { get; init; }

    /// <summary>Whether the spool holds the hand-off mark.</summary>
    public bool IsMarked { get; init; }

    /// <summary>Whether the sender was told that it takes long.</summary>
    public bool IsDelayReported { get; init; }

    /// <summary>The last reply, for the DSN of an expired message.</summary>
    public SmtpReply? LastReply { get; init; }

    /// <summary>Who gave the last reply.</summary>
    public string LastRemoteHost { get; init; } = "";
}

/// <summary>What the spool still has to do for a message, in a checkpoint.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The attempt that this reports; with the part it makes the settling idempotent.</param>
/// <param name="IsFinal">Whether the part is to be deleted.</param>
/// <param name="AcceptedAt">When the message was accepted.</param>
/// <param name="Cause">Why there is something to report.</param>
/// <param name="Reported">The recipients that the sender may have to be told of by a DSN; may be empty.</param>
public sealed record CheckpointReport(
    MessageId Message,
    int Attempt,
    bool IsFinal,
    DateTimeOffset AcceptedAt,
    ReportCause Cause,
    IReadOnlyList<RecipientOutcome> Reported);
