using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Postfleet.Contracts;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;

namespace Postfleet.Delivery;

/// <summary>
/// The destinations' place in the actor system: the shard region where this node has the role <c>delivery</c>, else a proxy.
/// </summary>
internal sealed class DeliveryModule(DestinationServices services, ShardRegions regions) : IClusterModule
{
    /// <summary>The role of nodes that send.</summary>
    public string Role => NodeRoles.Delivery;

    public Task StartAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        var sharding = ClusterSharding.Get(system);
        var extractor = new DestinationMessageExtractor();
        var isHere = Cluster.Get(system).SelfRoles.Contains(Role);
        regions.Destinations = isHere
            ? sharding.Start(
                ShardRegions.DestinationRegion,
                entityId => Props.Create(() => new DestinationActor(new DestinationId(entityId), services)),
                // A destination that is in the middle of a long delivery gets no messages: it passivates by its own judgement.
                ClusterShardingSettings.Create(system).WithRole(Role).WithRememberEntities(false).WithPassivateIdleAfter(TimeSpan.Zero),
                extractor,
                sharding.DefaultShardAllocationStrategy(ClusterShardingSettings.Create(system)),
                StopDestination.Instance)
            : sharding.StartProxy(ShardRegions.DestinationRegion, Role, extractor);
        return Task.CompletedTask;
    }

    /// <summary>Queues that are still here send to other nodes' destinations, while those of this one end what they have begun.</summary>
    public IActorRef StepBack(ActorSystem system)
    {
        var region = regions.Destinations;
        regions.Destinations = ClusterSharding.Get(system)
            .StartProxy(ShardRegions.DestinationRegion, Role, new DestinationMessageExtractor());
        return region;
    }

    /// <summary>Ends the attempts that are under way while the queues are still there to record how.</summary>
    public Task DrainAsync(CancellationToken graceOver) => services.Local.DrainAsync(graceOver);

    /// <summary>Sends destinations nothing more from here: there is none that would take it.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        regions.Destinations = ActorRefs.Nobody;
        return Task.CompletedTask;
    }
}
