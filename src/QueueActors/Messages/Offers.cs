using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Messages;

/// <summary>A part offered to its queue.</summary>
/// <param name="Part">The part.</param>
/// <param name="IsRepeat">Whether the part may have been offered before. A queue asks the spool about an unknown repeated part before
/// accepting it, because the part may have been delivered and settled meanwhile.
/// </param>
internal sealed record PartOffer(QueuedPart Part, bool IsRepeat)
{
    /// <summary>The message.</summary>
    public MessageId Message => Part.Message;
}

/// <summary>Hand-off to queue: parts to accept. Idempotent by message id. Acknowledged by <see cref="Enqueued"/> to the sender.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Parts">The parts, at most <see cref="MaxParts"/>.</param>
internal sealed record Enqueue(QueueKey Queue, IReadOnlyList<PartOffer> Parts) : IQueueMessage
{
    /// <summary>The maximum number of parts in a message, which keeps it far below the remoting frame limit of 128,000 bytes.</summary>
    public const int MaxParts = 500;
}

/// <summary>Queue to hand-off: the journal holds these parts, or they were settled before; the hand-off drops them.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Messages">The messages.</param>
internal sealed record Enqueued(QueueKey Queue, IReadOnlyList<MessageId> Messages) : IProtocolMessage;
