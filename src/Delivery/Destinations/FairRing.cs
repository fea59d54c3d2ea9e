using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations;

/// <summary>Turns over queues: round robin between the streams, and within a stream between its queues, so that a stream with a thousand queues gets no more than
/// one with a single queue. A queue is in the ring once.</summary>
internal sealed class FairRing
{
    private readonly Dictionary<string, Queue<QueueKey>> _streams = [];
    private readonly Queue<string> _turns = new();
    private readonly HashSet<QueueKey> _members = [];

    public int Count => _members.Count;

    public void Add(QueueKey queue)
    {
        if (!_members.Add(queue)) return;
        var stream = queue.Stream;
        if (!_streams.TryGetValue(stream, out var queues))
        {
            _streams.Add(stream, queues = new Queue<QueueKey>());
            _turns.Enqueue(stream);
        }

        queues.Enqueue(queue);
    }

    /// <summary>Takes the queue whose turn it is out of the ring; it is added again when it wants another turn.</summary>
    public bool TryTake(out QueueKey queue)
    {
        queue = default;
        if (!_turns.TryDequeue(out var stream)) return false;
        var queues = _streams[stream];
        queue = queues.Dequeue();
        _members.Remove(queue);
        if (queues.Count > 0) _turns.Enqueue(stream);
        else _streams.Remove(stream);
        return true;
    }

    public void Clear()
    {
        _streams.Clear();
        _turns.Clear();
        _members.Clear();
    }
}
