using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;
using Postfleet.Core.Protocol;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;

namespace Postfleet.QueueActors;

/// <summary>
/// The queues' place in the actor system: the shard region where this node has the role <c>queue</c>, else a proxy; the sweeper, once in the cluster; and
/// this node's hand-off.
/// </summary>
internal sealed class QueueRoom(QueueServices services, HandOffClient handOff, ShardRegions regions) : IClusterRoom
{
    /// <summary>The role of nodes that run queues.</summary>
    public const string Role = "queue";

    public Task StartAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        var sharding = ClusterSharding.Get(system);
        var extractor = new QueueMessageExtractor();
        var isQueueNode = Cluster.Get(system).SelfRoles.Contains(Role);
        regions.Queues = isQueueNode
            ? sharding.Start(
                ShardRegions.QueueRegion,
                entityId => Props.Create(() => new DomainQueue(QueueKey.FromTrusted(entityId), services)),
                // Queues with mail wake by themselves after a crash or when their shard moves.
                ClusterShardingSettings.Create(system).WithRole(Role).WithRememberEntities(true),
                extractor,
                sharding.DefaultShardAllocationStrategy(ClusterShardingSettings.Create(system)),
                StopQueue.Instance)
            : sharding.StartProxy(ShardRegions.QueueRegion, Role, extractor);
        if (isQueueNode)
        {
            system.ActorOf(ClusterSingletonManager.Props(
                Props.Create(() => new HandOffSweeper(services.Spool, () => regions.Queues, services.Time, services.Logger)),
                PoisonPill.Instance,
                ClusterSingletonManagerSettings.Create(system).WithRole(Role)), "sweeper");
        }

        handOff.Actor = system.ActorOf(
            Props.Create(() => new HandOffActor(handOff, () => regions.Queues, services.Time, Random.Shared.NextDouble)), "hand-off");
        return Task.CompletedTask;
    }

    /// <summary>
    /// Sends the queues nothing more from here: what is not handed off by now is found by the next start. The queues themselves stop with their
    /// region; all that they know is durable.
    /// </summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        regions.Queues = ActorRefs.Nobody;
        return Task.CompletedTask;
    }
}
