using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>The round of decisions that is being made.</summary>
internal interface IDecisionBatch
{
    /// <summary>Applies an event, and has it persisted with the round.</summary>
    void Emit(IQueueEvent @event);

    /// <summary>Adds what is to be done once the round's events are durable.</summary>
    void Add(QueueEffect effect);
}
