using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using Postfleet.Core.Collections;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// The messages of an actor in order, unbounded like Akka's own mailboxes. An empty deque has no array: the first segment of Akka's deque
/// takes a kilobyte in each of a hundred thousand idle queues. Senders enqueue on any thread; the actor's dispatcher dequeues.
/// </summary>
internal sealed class EnvelopeDeque : IMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    /// <summary>The largest array to keep when the deque becomes empty.</summary>
    private const int MaxIdleCapacity = 8;

    private readonly Lock _lock = new();
    private RingQueue<Envelope> _ring;
    // Read without the lock.
    private volatile int _count;

    public bool HasMessages => _count > 0;

    public int Count => _count;

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        lock (_lock)
        {
            _ring.Enqueue(envelope);
            _count++;
        }
    }

    public void EnqueueFirst(Envelope envelope)
    {
        lock (_lock)
        {
            _ring.EnqueueFirst(envelope);
            _count++;
        }
    }

    public bool TryDequeue(out Envelope envelope)
    {
        envelope = default;
        if (_count == 0) return false;
        lock (_lock)
        {
            if (!_ring.TryDequeue(out envelope)) return false;
            if (--_count == 0 && _ring.Capacity > MaxIdleCapacity) _ring.Clear();
            return true;
        }
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out var envelope)) deadletters.Enqueue(owner, envelope);
    }
}
