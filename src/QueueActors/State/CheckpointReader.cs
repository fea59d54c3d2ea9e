using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Converts checkpoint records back to state; the counterpart of <see cref="Checkpoints"/>. Called by <see cref="QueueState"/> when it
/// applies a piece.
/// </summary>
internal static class CheckpointReader
{
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
        };
}
