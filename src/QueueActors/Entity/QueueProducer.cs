using Akka.Actor;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Entity;

/// <summary>
/// Creates the actor of a queue. A Props expression would be compiled, and the constructor looked up, for each of a hundred thousand
/// queues.
/// </summary>
internal sealed class QueueProducer(QueueKey queue, QueueServices services) : IIndirectActorProducer
{
    /// <summary>The props of a queue's actor, or of its replacement while recovery is paused.</summary>
    public static Props Props(QueueKey queue, QueueServices services) => services.Pauses.Left(queue) is { Ticks: > 0 } pause
        ? Akka.Actor.Props.Create(() => new PausedQueue(pause))
        : Akka.Actor.Props.CreateBy(new QueueProducer(queue, services));

    public Type ActorType => typeof(DomainQueue);

    public ActorBase Produce() => new DomainQueue(queue, services);

    public void Release(ActorBase actor)
    {
    }
}
