using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>What is to be done once a batch's events are durable, and not before.</summary>
internal abstract record QueueEffect
{
    private QueueEffect()
    {
    }

    /// <summary>Tell the hand-off that it may forget these parts.</summary>
    public sealed record AcknowledgeParts(object ReplyTo, IReadOnlyList<MessageId> Messages) : QueueEffect;

    /// <summary>Ask the spool whether these parts are still there.</summary>
    public sealed record CheckParts(IReadOnlyList<PartOffer> Parts, object ReplyTo) : QueueEffect;

    /// <summary>Resolve the queue's route.</summary>
    public sealed record ResolveRoute : QueueEffect;

    /// <summary>Ask the destination for credit.</summary>
    public sealed record AskForCredit(DeliveryTarget Target, int Jobs) : QueueEffect;

    /// <summary>
    /// Send jobs, to the incarnation of the destination that has granted the credit for them, or as <see cref="Deliver.IfKnown"/>.
    /// </summary>
    public sealed record SendJobs(DeliveryTarget Target, long Incarnation, IReadOnlyList<DeliveryJob> Jobs) : QueueEffect;

    /// <summary>Watch the destination's entity.</summary>
    public sealed record Watch(object Destination) : QueueEffect;

    /// <summary>
    /// Tell a destination that outcomes are durable. It is told directly: its shard may be on the move, and waits for just this.
    /// </summary>
    public sealed record AcknowledgeOutcomes(object ReplyTo, DestinationId Destination, IReadOnlyList<AttemptId> Attempts) : QueueEffect;

    /// <summary>Have the spool settle these.</summary>
    public sealed record Settle(IReadOnlyList<SettlementRequest> Reports) : QueueEffect;

    /// <summary>Have the spool mark these as owned.</summary>
    public sealed record Mark(IReadOnlyList<MessageId> Messages) : QueueEffect;
}

/// <summary>What one round of decisions gave.</summary>
/// <param name="Events">To be persisted, in order, before any effect; they are applied to the state already, which nobody sees before
/// that.</param>
/// <param name="Effects">To be run after it, in order.</param>
internal sealed record QueueDecision(List<IQueueEvent> Events, List<QueueEffect> Effects);
