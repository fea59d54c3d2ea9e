using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>The batch of decisions in progress.</summary>
internal interface IDecisionBatch
{
    /// <summary>Applies an event to the state and adds it to the rows of the batch.</summary>
    void Emit(IQueueEvent @event);

    /// <summary>Adds an effect, to run once the events of the batch are durable.</summary>
    void Add(QueueEffect effect);
}
