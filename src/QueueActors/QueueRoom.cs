using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Postfleet.Core.Protocol;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors;

/// <summary>The queues' place in the actor system: the shard region where this node has the role <c>queue</c>, else a proxy.</summary>
internal sealed class QueueRoom(QueueServices services, ShardRegions regions) : IClusterRoom
{
    /// <summary>The role of nodes that run queues.</summary>
    public const string Role = "queue";

    public Task StartAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        var sharding = ClusterSharding.Get(system);
        var extractor = new QueueMessageExtractor();
        regions.Queues = Cluster.Get(system).SelfRoles.Contains(Role)
            ? sharding.Start(
                ShardRegions.QueueRegion,
                entityId => Props.Create(() => new DomainQueue(QueueKey.FromTrusted(entityId), services)),
                // Queues with mail wake by themselves after a crash or when their shard moves.
                ClusterShardingSettings.Create(system).WithRole(Role).WithRememberEntities(true),
                extractor,
                sharding.DefaultShardAllocationStrategy(ClusterShardingSettings.Create(system)),
                StopQueue.Instance)
            : sharding.StartProxy(ShardRegions.QueueRegion, Role, extractor);
        return Task.CompletedTask;
    }

    // Queues stop with the system: they have nothing to finish, since all that they know is durable.
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
