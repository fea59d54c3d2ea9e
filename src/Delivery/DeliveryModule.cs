using Akka.Actor;
using Postfleet.Contracts;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Destinations;

namespace Postfleet.Delivery;

/// <summary>
/// Starts and stops the shard region of destinations: the region itself on nodes with the role <c>delivery</c>, a proxy on all others.
/// Called by the cluster node while it starts and stops, one call at a time.
/// </summary>
internal sealed class DeliveryModule(DestinationServices services, ShardRegions regions) : IClusterModule
{
    private static readonly ClusterRegion Region =
        new(ShardRegions.DestinationRegion, NodeRoles.Delivery, message => (message as IDestinationMessage)?.Destination.Value);

    /// <summary>The role of mail-sending nodes.</summary>
    public string Role => NodeRoles.Delivery;

    public Task StartAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        DeliveryMetrics.Begin();
        services.Connections.Policies?.Policies.Begin();
        regions.Destinations = Region.Start(
            system,
            // A destination receives no message during a long delivery, so idleness seen by the shard is no reason to passivate: the actor
            // asks for passivation itself.
            settings => settings.WithRememberEntities(false).WithPassivateIdleAfter(TimeSpan.Zero),
            entityId => Props.Create(() => new DestinationActor(new DestinationId(entityId), services)),
            StopDestination.Instance);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Replaces the region by a proxy. Queues on this node then send to the destinations of other nodes, while the destinations of this
    /// node finish their attempts.
    /// </summary>
    public IActorRef StepBack(ActorSystem system)
    {
        var region = regions.Destinations;
        regions.Destinations = Region.StartProxy(system);
        return region;
    }

    /// <summary>Waits for the attempts in progress while the queues are still here to record the outcomes.</summary>
    public Task DrainAsync(CancellationToken graceOver) => services.Local.DrainAsync(graceOver);

    /// <summary>Drops messages to destinations from now on: no region is left to receive them.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        regions.Destinations = ActorRefs.Nobody;
        return Task.CompletedTask;
    }
}
