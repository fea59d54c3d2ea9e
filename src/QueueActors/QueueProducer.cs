using Akka.Actor;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors;

/// <summary>
/// Makes the actor of a queue. An expression would be taken apart, and the constructor looked up, for each of a hundred thousand queues.
/// </summary>
internal sealed class QueueProducer(QueueKey queue, QueueServices services) : IIndirectActorProducer
{
    public Type ActorType => typeof(DomainQueue);

    public ActorBase Produce() => new DomainQueue(queue, services);

    public void Release(ActorBase actor)
    {
    }
}
