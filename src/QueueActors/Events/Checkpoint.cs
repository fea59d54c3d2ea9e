using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Events;

/// <summary>
/// A piece of the state of a queue, written to the journal. All events before the first piece are deleted once the last piece is written.
/// A replay ignores an incomplete sequence of pieces, as a crash leaves it.
/// </summary>
/// <param name="Index">0 for the first piece.</param>
/// <param name="IsLast">Whether this is the last piece.</param>
/// <param name="Entries">Messages in the queue.</param>
/// <param name="Unsettled">Reports whose settlement the spool has not confirmed.</param>
internal sealed record CheckpointPiece(
    int Index,
    bool IsLast,
    IReadOnlyList<CheckpointEntry> Entries,
    IReadOnlyList<SettlementRequest> Unsettled) : IProtocolMessage
{
    /// <summary>The maximum number of entries and reports together in a piece.</summary>
    public const int MaxItems = 500;

    /// <summary>
    /// The state of the queue as a whole, in the last piece; null in other pieces and in checkpoints of older programs.
    /// </summary>
    public CheckpointQueue? Queue { get; init; }
}

/// <summary>The state of the queue as a whole, in a checkpoint.</summary>
/// <param name="SiteUntil">The end of the pause of the site; null without a pause.</param>
/// <param name="SiteReply">The reason of the pause.</param>
/// <param name="SiteFailures">The number of consecutive failures to reach the site or to find its route.</param>
/// <param name="LastNegativeReply">The last reply other than a success.</param>
internal sealed record CheckpointQueue(DateTimeOffset? SiteUntil, SmtpReply? SiteReply, int SiteFailures, SmtpReply? LastNegativeReply)
{
    /// <summary>When the first of the failures in succession was; null if there is none, and in checkpoints of older programs.</summary>
    public DateTimeOffset? SiteSince { get; init; }

    /// <summary>The node that wrote the checkpoint; null where it is not kept, and in checkpoints of older programs.</summary>
    public string? Owner { get; init; }
}

/// <summary>A message of the queue, in a checkpoint.</summary>
internal sealed record CheckpointEntry
{
    /// <summary>The part.</summary>
    public required QueuedPart Part { get; init; }

    /// <summary>The open recipients.</summary>
    public required RecipientSet Open { get; init; }

    /// <summary>The time when the message is due next.</summary>
    public required DateTimeOffset NextDue { get; init; }

    /// <summary>The number of the last started attempt; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>The number of attempts counted by the retry schedule.</summary>
    public int Tries { get; init; }

    /// <summary>The number of crashes of workers on the message.</summary>
    public int Crashes { get; init; }

    /// <summary>Whether an attempt has started and has no outcome yet.</summary>
    public bool IsInFlight { get; init; }

    /// <summary>The destination of the attempt in flight; null if none is in flight.</summary>
    public DestinationId? Destination { get; init; }

    /// <summary>Whether the spool holds the hand-off mark.</summary>
    public bool IsMarked { get; init; }

    /// <summary>Whether a delay was reported to the sender.</summary>
    public bool IsDelayReported { get; init; }

    /// <summary>The number of the last operator's action applied to the message; 0 for none.</summary>
    public int Action { get; init; }

    /// <summary>Whether the message is on hold.</summary>
    public bool IsHeld { get; init; }

    /// <summary>How often the part was moved between queues.</summary>
    public int Moves { get; init; }

    /// <summary>The last reply, for the DSN of an expired message.</summary>
    public SmtpReply? LastReply { get; init; }

    /// <summary>The host of the last reply.</summary>
    public string LastRemoteHost { get; init; } = "";
}
