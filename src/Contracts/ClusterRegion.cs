using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Postfleet.Contracts;

/// <summary>
/// Starts a shard region: the region itself on nodes with its role, a proxy on all others. Used by a module when its actor system starts
/// and when the node leaves. Stateless.
/// </summary>
/// <param name="name">The type name of the region; the same on all nodes.</param>
/// <param name="role">The role of the nodes for its entities.</param>
/// <param name="entityOf">The id of the entity that a message is for; null for other messages.</param>
public sealed class ClusterRegion(string name, string role, Func<object, string?> entityOf)
{
    private readonly Extractor _extractor = new(entityOf);

    /// <summary>Whether entities of the region run on a node.</summary>
    public bool IsOn(ActorSystem system) => Akka.Cluster.Cluster.Get(system).SelfRoles.Contains(role);

    /// <summary>Starts the region or its proxy, depending on the node's roles.</summary>
    /// <param name="system">The actor system of the node.</param>
    /// <param name="configure">Adapts the settings of the region.</param>
    /// <param name="props">The props of an entity, by its id.</param>
    /// <param name="stopMessage">The message to stop an entity when its shard moves.</param>
    public IActorRef Start(
        ActorSystem system, Func<ClusterShardingSettings, ClusterShardingSettings> configure, Func<string, Props> props, object stopMessage)
    {
        if (!IsOn(system)) return StartProxy(system);
        var sharding = ClusterSharding.Get(system);
        var settings = ClusterShardingSettings.Create(system);
        return sharding.Start(
            name, props, configure(settings.WithRole(role)), _extractor, sharding.DefaultShardAllocationStrategy(settings), stopMessage);
    }

    /// <summary>Starts a proxy, which sends messages to the region on other nodes.</summary>
    public IActorRef StartProxy(ActorSystem system) => ClusterSharding.Get(system).StartProxy(name, role, _extractor);

    private sealed class Extractor(Func<object, string?> entityOf) : HashCodeMessageExtractor(ShardIds.NumberOfShards)
    {
        public override string? EntityId(object message) => entityOf(message);

        public override string ShardId(string entityId, object? messageHint = null) => ShardIds.Of(entityId);
    }
}
