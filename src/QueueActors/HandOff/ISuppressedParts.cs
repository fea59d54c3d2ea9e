using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.HandOff;

/// <summary>Ends the parts of a new message whose recipients get no mail. <see cref="MessageSubmission"/> calls it. Thread-safe.</summary>
internal interface ISuppressedParts
{
    /// <summary>Whether the suppression list is applied.</summary>
    bool IsOn { get; }

    /// <summary>Ends the suppressed parts of a stored message. Never throws.</summary>
    /// <returns>The parts for the hand-off.</returns>
    ValueTask<PendingPart[]> EndAsync(NewMessage message);
}
