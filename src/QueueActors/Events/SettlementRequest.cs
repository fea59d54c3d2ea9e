using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Events;

/// <summary>
/// An unconfirmed outcome for the spool: a part to delete, recipients to report to the sender, or both. A delay warning is reported the
/// same way and deletes nothing. Part of the queue's state and of its checkpoints.
/// </summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The number of the ended attempt; with the part it makes the settlement idempotent.</param>
/// <param name="IsFinal">Whether the part is finished and must be deleted.</param>
/// <param name="AcceptedAt">When the message was accepted.</param>
/// <param name="Cause">The cause of the report.</param>
/// <param name="Reported">The recipients for a possible report to the sender; empty if there is nothing to report.</param>
internal sealed record SettlementRequest(
    MessageId Message,
    int Attempt,
    bool IsFinal,
    DateTimeOffset AcceptedAt,
    ReportCause Cause,
    IReadOnlyList<RecipientOutcome> Reported)
{
    /// <summary>
    /// All outcomes of the event, for the history of the recipients; null where no history is kept. Their cause is <see cref="Cause"/>.
    /// </summary>
    public PartOutcomes? Outcomes { get; init; }

    /// <summary>For a moved part: its state and its new stream; null for others.</summary>
    public RequestedMove? Move { get; init; }
}

/// <summary>A part to be moved to the queue of another stream.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Part">The part, for the offer to the queue.</param>
/// <param name="State">The state with which it continues.</param>
internal sealed record RequestedMove(string Stream, QueuedPart Part, MovedPart State);
