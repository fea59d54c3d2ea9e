using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Converts checkpoint records, and the state of moved parts, back to entries; the counterpart of <see cref="Checkpoints"/>. Called by
/// <see cref="QueueState"/> when it applies a piece or an event.
/// </summary>
internal static class CheckpointReader
{
    /// <summary>Makes the entry of a part that was moved from another queue.</summary>
    public static QueueEntry Read(QueuedPart part, MovedPart moved, ReplyPool replies) =>
        new(part, moved.Open.Intersect(RecipientSet.All(part.Recipients)))
        {
            Attempt = moved.Attempt,
            Tries = moved.Tries,
            Crashes = (short)Math.Clamp(moved.Crashes, 0, short.MaxValue),
            LastReply = moved.LastReply is { } reply ? replies.Share(reply) : null,
            LastRemoteHost = replies.Share(moved.LastRemoteHost),
            IsDelayReported = moved.IsDelayReported,
            Action = moved.Action,
            IsHeld = moved.IsHeld,
            Moves = (short)Math.Clamp(moved.Moves, 0, MovedPart.MaxMoves),
        };

    /// <summary>Restores a message of the queue.</summary>
    public static QueueEntry Read(CheckpointEntry entry, ReplyPool replies) =>
        new(entry.Part, entry.Open)
        {
            NextDue = entry.NextDue.UtcTicks,
            Attempt = entry.Attempt,
            Tries = entry.Tries,
            Crashes = (short)Math.Clamp(entry.Crashes, 0, short.MaxValue),
            IsInFlight = entry.IsInFlight,
            Destination = entry.Destination ?? default,
            IsMarked = entry.IsMarked,
            LastReply = entry.LastReply is { } reply ? replies.Share(reply) : null,
            LastRemoteHost = replies.Share(entry.LastRemoteHost),
            IsDelayReported = entry.IsDelayReported,
            Action = entry.Action,
            IsHeld = entry.IsHeld,
            Moves = (short)Math.Clamp(entry.Moves, 0, MovedPart.MaxMoves),
        };
}
