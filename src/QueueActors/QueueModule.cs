using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;
using Postfleet.Contracts;
using Postfleet.Contracts.Serialization;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Formats;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Settling;
using Postfleet.Spool;

namespace Postfleet.QueueActors;

/// <summary>
/// The queues' place in the actor system: the shard region where this node has the role <c>queue</c>, else a proxy; the sweepers, once in
/// the cluster; and this node's hand-off.
/// </summary>
internal sealed class QueueModule(QueueServices services, HandOffClient handOff, ShardRegions regions, IReportStore reports,
    Reporter reporter) : IClusterModule
{
    /// <summary>The role of nodes that run queues.</summary>
    public string Role => NodeRoles.Queue;

    /// <summary>How long the last parts of a node that stops may take to be acknowledged; queues that live do so in milliseconds.</summary>
    private static readonly TimeSpan HandOffLimit = TimeSpan.FromSeconds(3);

    private IActorRef? _handOff;

    public IReadOnlyList<Codec> Formats => QueueFormats.All;

    public Task StartAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        var sharding = ClusterSharding.Get(system);
        var extractor = new QueueMessageExtractor();
        var cluster = Cluster.Get(system);
        var isQueueNode = cluster.SelfRoles.Contains(Role);
        regions.Queues = isQueueNode
            ? sharding.Start(
                ShardRegions.QueueRegion,
                entityId => QueueProducer.Props(QueueKey.FromTrusted(entityId), services),
                // Queues with mail wake by themselves after a crash or when their shard moves.
                ClusterShardingSettings.Create(system).WithRole(Role).WithRememberEntities(true),
                extractor,
                sharding.DefaultShardAllocationStrategy(ClusterShardingSettings.Create(system)),
                StopQueue.Instance)
            : sharding.StartProxy(ShardRegions.QueueRegion, Role, extractor);
        if (isQueueNode)
        {
            system.ActorOf(ClusterSingletonManager.Props(
                Props.Create(() => new HandOffSweeper(
                    services.Spool, () => regions.Queues, services.Time, services.Logger, Props.Create(() => new FrontendWatch()))),
                PoisonPill.Instance,
                ClusterSingletonManagerSettings.Create(system).WithRole(Role)), "sweeper");
            system.ActorOf(ClusterSingletonManager.Props(
                Props.Create(() => new ReportSweeper(reports, reporter, services.Time, services.Logger, ReportSweeper.Interval)),
                PoisonPill.Instance,
                ClusterSingletonManagerSettings.Create(system).WithRole(Role)), "report-sweeper");
        }

        handOff.Actor = _handOff = system.ActorOf(
            Props.Create(() => new HandOffActor(
                handOff, () => regions.Queues, () => QueueNodes.IsAnyReachable(cluster.State), services.Time, Random.Shared.NextDouble,
                services.Logger)), "hand-off");
        return Task.CompletedTask;
    }

    /// <summary>The hand-off of this node goes on with queues on other nodes, while those of this one stop.</summary>
    public IActorRef StepBack(ActorSystem system)
    {
        var region = regions.Queues;
        regions.Queues = ClusterSharding.Get(system).StartProxy(ShardRegions.QueueRegion, Role, new QueueMessageExtractor());
        return region;
    }

    /// <summary>
    /// Hands off what the last sessions left, while the queues' region is here; then sends the queues nothing more. What is not handed off
    /// by then is found by the sweeper. The queues themselves stop with their region; all that they know is durable.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_handOff is { } actor)
        {
            try
            {
                await actor.Ask<HandOffActor.Empty>(HandOffActor.WaitForEmpty.Instance, HandOffLimit, cancellationToken);
            }
            catch (AskTimeoutException)
            {
                services.Logger.LeftToSweeper(HandOffLimit);
            }
        }

        regions.Queues = ActorRefs.Nobody;
    }
}
