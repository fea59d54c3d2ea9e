using System.Collections.Concurrent;
using Postfleet.Core.Queueing;

namespace Postfleet.Core.Stats;

/// <summary>
/// What runs on this node, for whoever asks: each queue's entity publishes its counts here after every batch and takes them away when it
/// stops. Safe for any number of writers and readers.
/// </summary>
public sealed class NodeStats
{
    private readonly ConcurrentDictionary<QueueKey, QueueCounts> _queues = new();

    /// <summary>The queues that run here, by key.</summary>
    public IReadOnlyDictionary<QueueKey, QueueCounts> Queues => _queues;

    /// <summary>Sets what a queue holds now.</summary>
    public void Publish(QueueKey queue, QueueCounts counts) => _queues[queue] = counts;

    /// <summary>Takes a queue away that no longer runs here.</summary>
    public void Remove(QueueKey queue) => _queues.TryRemove(queue, out _);
}
