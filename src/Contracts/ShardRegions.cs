using Akka.Actor;
using Postfleet.Contracts.Messages;

namespace Postfleet.Contracts;

/// <summary>
/// The ways into the cluster from this node: each is a shard region, or a proxy where this node has not the role. The
/// modules set them when an actor system starts, again when this node leaves, and the cluster clears them when it makes the next actor
/// system. Actors and sessions read them on their own threads.
/// </summary>
public sealed class ShardRegions
{
    /// <summary>Type name of the queues' region.</summary>
    public const string QueueRegion = "domain-queue";

    /// <summary>Type name of the destinations' region.</summary>
    public const string DestinationRegion = "destination";

    private volatile IActorRef? _queues;
    private volatile IActorRef? _destinations;

    /// <summary>Takes <see cref="IQueueMessage"/>s to their queues.</summary>
    /// <exception cref="InvalidOperationException">The region is not started.</exception>
    public IActorRef Queues
    {
        get => _queues ?? throw new InvalidOperationException("the queues' region is not started");
        set => _queues = value;
    }

    /// <summary>Takes <see cref="IDestinationMessage"/>s to their destinations.</summary>
    /// <exception cref="InvalidOperationException">The region is not started.</exception>
    public IActorRef Destinations
    {
        get => _destinations ?? throw new InvalidOperationException("the destinations' region is not started");
        set => _destinations = value;
    }

    /// <summary>Whether both regions are started.</summary>
    public bool AreStarted => _queues is not null && _destinations is not null;
}
