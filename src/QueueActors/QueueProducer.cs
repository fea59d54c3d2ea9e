using Akka.Actor;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors;

/// <summary>
/// Makes the actor of a queue. An expression would be taken apart, and the constructor looked up, for each of a hundred thousand queues.
/// </summary>
internal sealed class QueueProducer(QueueKey queue, QueueServices services) : IIndirectActorProducer
{
    /// <summary>The actor of a queue, or the one that stands in for it while the queue must not be read again yet.</summary>
    public static Props Props(QueueKey queue, QueueServices services) => services.Pauses.Left(queue) is { Ticks: > 0 } pause
        ? Akka.Actor.Props.Create(() => new PausedQueue(pause))
        : Akka.Actor.Props.CreateBy(new QueueProducer(queue, services));

    public Type ActorType => typeof(DomainQueue);

    public ActorBase Produce() => new DomainQueue(queue, services);

    public void Release(ActorBase actor)
    {
    }
}
