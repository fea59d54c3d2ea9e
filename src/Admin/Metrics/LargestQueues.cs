using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Metrics;

/// <summary>The queues with the most messages among many, in bounded memory.</summary>
/// <param name="max">The maximum number of kept queues.</param>
internal sealed class LargestQueues(int max)
{
    // The smallest first.
    private readonly PriorityQueue<QueueKey, int> _queues = new();

    /// <summary>Adds a queue; drops the smallest queue if there are too many.</summary>
    public void Add(QueueKey queue, int messages)
    {
        if (_queues.Count < max) _queues.Enqueue(queue, messages);
        else if (max > 0) _queues.EnqueueDequeue(queue, messages);
    }

    /// <summary>The domains of the queues, each with 0.</summary>
    public Dictionary<string, long> Domains()
    {
        var domains = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (queue, _) in _queues.UnorderedItems) domains.TryAdd(queue.Domain, 0);
        return domains;
    }
}
