using System.Collections.Concurrent;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Stats;

/// <summary>
/// The counts of the queues and destinations on this node. Each entity publishes its counts after every batch and removes them when it
/// stops. Thread-safe.
/// </summary>
public sealed class NodeStats
{
    private readonly ConcurrentDictionary<QueueKey, QueueCounts> _queues = new();
    private readonly ConcurrentDictionary<DestinationId, DestinationCounts> _destinations = new();

    /// <summary>What this node accepts, delivers and defers at present.</summary>
    public Throughput Throughput { get; } = new();

    /// <summary>The queues on this node, by key.</summary>
    public IReadOnlyDictionary<QueueKey, QueueCounts> Queues => _queues;

    /// <summary>The destinations on this node, by id.</summary>
    public IReadOnlyDictionary<DestinationId, DestinationCounts> Destinations => _destinations;

    /// <summary>Sets the counts of a queue.</summary>
    public void Publish(QueueKey queue, QueueCounts counts) => _queues[queue] = counts;

    /// <summary>Removes a queue no longer running on this node.</summary>
    public void Remove(QueueKey queue) => _queues.TryRemove(queue, out _);

    /// <summary>Sets the counts of a destination.</summary>
    public void Publish(DestinationId destination, DestinationCounts counts) => _destinations[destination] = counts;

    /// <summary>Removes a destination no longer running on this node.</summary>
    public void Remove(DestinationId destination) => _destinations.TryRemove(destination, out _);
}
