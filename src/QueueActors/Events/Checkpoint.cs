using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Events;

/// <summary>
/// A piece of the whole state, written into the journal itself; when the last piece is there, all events before the first one
/// are deleted. An unfinished run of pieces (a crash in between) is ignored by the replay.
/// </summary>
/// <param name="Index">0 for the first piece.</param>
/// <param name="IsLast">Whether the state is complete with this piece.</param>
/// <param name="Entries">Messages in the queue.</param>
/// <param name="Unsettled">Reports whose settling the spool has not confirmed.</param>
internal sealed record CheckpointPiece(
    int Index,
    bool IsLast,
    IReadOnlyList<CheckpointEntry> Entries,
    IReadOnlyList<CheckpointSettlement> Unsettled) : IProtocolMessage
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
internal sealed record CheckpointQueue(DateTimeOffset? SiteUntil, SmtpReply? SiteReply, int SiteFailures, SmtpReply? LastNegativeReply);

/// <summary>One message of the queue, in a checkpoint.</summary>
internal sealed record CheckpointEntry
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
internal sealed record CheckpointSettlement(
    MessageId Message,
    int Attempt,
    bool IsFinal,
    DateTimeOffset AcceptedAt,
    ReportCause Cause,
    IReadOnlyList<RecipientOutcome> Reported);
