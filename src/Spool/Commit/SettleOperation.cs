using Postfleet.Core.Queueing;
using Postfleet.Spool.Cache;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Commit;

/// <summary>Settles a part; see <see cref="Settlement"/>.</summary>
internal sealed class SettleOperation(Settlement settlement, EncodedMessage? notification, byte[]? note, BodyCache cache)
    : WriteOperation<SettlementResult>(settlement.Part.Message, notification?.Weight ?? note?.Length ?? 0)
{
    public PartId Part => settlement.Part;

    public int Attempt => settlement.Attempt;

    public bool IsFinal => settlement.IsFinal;

    public EncodedMessage? Notification => notification;

    /// <summary>The encoded note for a later report; null for none.</summary>
    public byte[]? Note => note;

    /// <summary>The queue in which the part continues, and its encoded state; null for none.</summary>
    public (QueueKey To, int Moves, byte[] State)? Move { get; } = settlement.Move is not { } move ? null
        : (move.To, move.State.Moves, MovedPartCodec.Encode(move.State));

    /// <summary>
    /// The part whose history has the outcomes: for a move the part of the new queue, with which the recipients are found while they wait.
    /// </summary>
    public PartId Recorded => Move is { } move ? Part with { Queue = move.To } : Part;

    public DateTimeOffset NotedAt => settlement.Note?.At ?? default;

    /// <summary>The outcomes of the attempt, for an engine with a writer of outcomes; null for none.</summary>
    public PartOutcomes? Outcomes => settlement.Outcomes;

    /// <summary>Set by the engine: whether the part was there and this report was new to it.</summary>
    public bool Applied { get; set; }

    /// <summary>Set by the engine: whether no part of the message is left and notes for a report exist.</summary>
    public bool IsReportDue { get; set; }

    /// <inheritdoc/>
    public override void Complete()
    {
        cache.Remove(Part);
        if (Applied && notification is not null) cache.Add(notification.Source);
        Succeed(new SettlementResult(Applied, Applied && IsReportDue));
    }
}
