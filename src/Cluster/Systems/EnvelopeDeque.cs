using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// The messages of one actor, in order, unbounded as those of Akka's own mailboxes are. What is empty holds next to nothing: Akka's first
/// segment takes a kilobyte in each of a hundred thousand queues that sleep.
/// </summary>
internal sealed class EnvelopeDeque : IMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private const int FirstRoom = 4;

    /// <summary>Room that is kept when the last message has gone; more goes with it.</summary>
    private const int MaxIdleRoom = 8;

    private readonly Lock _lock = new();
    // A ring, of a power of two.
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
            if (--_count == 0 && _ring.Length > MaxIdleRoom) (_ring, _first) = ([], 0);
            return true;
        }
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out var envelope)) deadletters.Enqueue(owner, envelope);
    }

    private void Grow()
    {
        var ring = new Envelope[Math.Max(FirstRoom, 2 * _ring.Length)];
        for (var i = 0; i < _count; i++) ring[i] = _ring[(_first + i) & (_ring.Length - 1)];
        (_ring, _first) = (ring, 0);
    }
}
