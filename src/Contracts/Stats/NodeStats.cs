using System.Collections.Concurrent;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Stats;

/// <summary>
/// What runs on this node, for whoever asks: each queue's and each destination's entity publishes its counts here after every batch and
/// takes them away when it stops. Safe for any number of writers and readers.
/// </summary>
public sealed class NodeStats
{
    private readonly ConcurrentDictionary<QueueKey, QueueCounts> _queues = new();
    private readonly ConcurrentDictionary<DestinationId, DestinationCounts> _destinations = new();

    /// <summary>The queues that run here, by key.</summary>
    public IReadOnlyDictionary<QueueKey, QueueCounts> Queues => _queues;

    /// <summary>The destinations that run here, by id.</summary>
    public IReadOnlyDictionary<DestinationId, DestinationCounts> Destinations => _destinations;

    /// <summary>Sets what a queue holds now.</summary>
    public void Publish(QueueKey queue, QueueCounts counts) => _queues[queue] = counts;

    /// <summary>Takes a queue away that no longer runs here.</summary>
    public void Remove(QueueKey queue) => _queues.TryRemove(queue, out _);

    /// <summary>Sets what a destination has in hand now.</summary>
    public void Publish(DestinationId destination, DestinationCounts counts) => _destinations[destination] = counts;

    /// <summary>Takes a destination away that no longer runs here.</summary>
    public void Remove(DestinationId destination) => _destinations.TryRemove(destination, out _);
}
