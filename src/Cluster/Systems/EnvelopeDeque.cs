using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// The messages of one actor in order, unbounded like Akka's own mailboxes. An empty deque has no array: the first segment of Akka's deque
/// takes a kilobyte in each of a hundred thousand idle queues. Senders enqueue on any thread; the actor's dispatcher dequeues.
/// </summary>
internal sealed class EnvelopeDeque : IMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private const int FirstCapacity = 4;

    /// <summary>The largest array that is kept when the deque becomes empty.</summary>
    private const int MaxIdleCapacity = 8;

    private readonly Lock _lock = new();
    // A ring buffer. Its length is a power of two.
    private Envelope[] _ring = [];
    private int _first;
    private volatile int _count;

    public bool HasMessages => _count > 0;

    public int Count => _count;

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        lock (_lock)
        {
            if (_count == _ring.Length) Grow();
            _ring[(_first + _count) & (_ring.Length - 1)] = envelope;
            _count++;
        }
    }

    public void EnqueueFirst(Envelope envelope)
    {
        lock (_lock)
        {
            if (_count == _ring.Length) Grow();
            _first = (_first - 1) & (_ring.Length - 1);
            _ring[_first] = envelope;
            _count++;
        }
    }

    public bool TryDequeue(out Envelope envelope)
    {
        envelope = default;
        if (_count == 0) return false;
        lock (_lock)
        {
            if (_count == 0) return false;
            envelope = _ring[_first];
            _ring[_first] = default;
            _first = (_first + 1) & (_ring.Length - 1);
            if (--_count == 0 && _ring.Length > MaxIdleCapacity) (_ring, _first) = ([], 0);
            return true;
        }
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out var envelope)) deadletters.Enqueue(owner, envelope);
    }

    private void Grow()
    {
        var ring = new Envelope[Math.Max(FirstCapacity, 2 * _ring.Length)];
        for (var i = 0; i < _count; i++) ring[i] = _ring[(_first + i) & (_ring.Length - 1)];
        (_ring, _first) = (ring, 0);
    }
}
