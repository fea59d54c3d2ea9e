using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.State;

/// <summary>An action, to run only after the events of its batch are durable.</summary>
internal abstract record QueueEffect
{
    private QueueEffect()
    {
    }

    /// <summary>Acknowledge parts to the hand-off: the queue owns them, or they are gone.</summary>
    public sealed record AcknowledgeParts(object ReplyTo, IReadOnlyList<MessageId> Messages) : QueueEffect;

    /// <summary>Ask the spool which of these parts exist.</summary>
    public sealed record CheckParts(IReadOnlyList<PartOffer> Parts, object ReplyTo) : QueueEffect;

    /// <summary>Resolve the queue's route.</summary>
    public sealed record ResolveRoute : QueueEffect;

    /// <summary>Ask the destination for credit, and to end its pause if an operator has ordered a retry.</summary>
    public sealed record AskForCredit(DeliveryTarget Target, int Jobs, bool EndsPause) : QueueEffect;

    /// <summary>Send jobs to the granting incarnation of the destination, or as <see cref="Deliver.IfKnown"/>.</summary>
    public sealed record SendJobs(DeliveryTarget Target, long Incarnation, IReadOnlyList<DeliveryJob> Jobs) : QueueEffect;

    /// <summary>Take back the jobs of messages that wait at a destination; of all messages if none is named.</summary>
    public sealed record TakeBack(DestinationId Destination, IReadOnlyList<MessageId> Messages) : QueueEffect;

    /// <summary>Watch the destination's entity.</summary>
    public sealed record Watch(object Destination) : QueueEffect;

    /// <summary>
    /// Acknowledge durable outcomes to a destination. The message goes to the actor itself: its shard may be in hand-off and wait for this
    /// acknowledgement.
    /// </summary>
    public sealed record AcknowledgeOutcomes(object ReplyTo, DestinationId Destination, IReadOnlyList<AttemptId> Attempts) : QueueEffect;

    /// <summary>Have the spool record the outcomes of an event without settlement.</summary>
    public sealed record Record(AttemptId Attempt, PartOutcomes Outcomes) : QueueEffect;

    /// <summary>Have the spool record an operator's action for each of its messages, and report the end.</summary>
    public sealed record RecordAction(IReadOnlyList<Record> Records) : QueueEffect;

    /// <summary>Tell how far an operator's action is.</summary>
    public sealed record ReportAction(object ReplyTo, ActionProgress Progress) : QueueEffect;

    /// <summary>Ask the spool to settle these reports.</summary>
    public sealed record Settle(IReadOnlyList<SettlementRequest> Reports) : QueueEffect;

    /// <summary>Ask the spool to mark these messages as owned by the queue.</summary>
    public sealed record Mark(IReadOnlyList<QueueMark> Marks) : QueueEffect;
}

/// <summary>The result of a batch.</summary>
/// <param name="Events">
/// The events to persist, in order, before any effect runs. They are already applied to the state, which is not observable before then.
/// </param>
/// <param name="Effects">The effects to run afterwards, in order.</param>
internal sealed record QueueDecision(List<IQueueEvent> Events, List<QueueEffect> Effects);
