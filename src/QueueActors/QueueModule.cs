using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.Singleton;
using Postfleet.Contracts;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Serialization;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.Entity;
using Postfleet.QueueActors.Formats;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Ownership;
using Postfleet.QueueActors.Settling;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors;

/// <summary>
/// Starts and stops the queues on this node: the shard region on nodes with the role <c>queue</c>, a proxy on all others; the sweeper
/// singletons; and the node's hand-off. Called by the cluster node while it starts and stops, never concurrently.
/// </summary>
internal sealed class QueueModule(QueueServices services, HandOffClient handOff, ShardRegions regions, IReportStore reports,
    Reporter reporter, ITakeoverHistory? takeovers = null) : IClusterModule
{
    private static readonly ClusterRegion Region =
        new(ShardRegions.QueueRegion, NodeRoles.Queue, message => (message as IQueueMessage)?.Queue.Value);

    /// <summary>The role of queue nodes.</summary>
    public string Role => NodeRoles.Queue;

    /// <summary>
    /// How long a stopping node waits for the last parts to be acknowledged; running queues acknowledge within milliseconds.
    /// </summary>
    private static readonly TimeSpan HandOffLimit = TimeSpan.FromSeconds(3);

    private IActorRef? _handOff;

    public IReadOnlyList<Codec> Formats => QueueFormats.All;

    public Task StartAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        QueueMetrics.Begin();
        var cluster = Cluster.Get(system);
        if (Region.IsOn(system) && takeovers is { KeepsTakeovers: true })
        {
            // Before the queues, whose changes of owner it writes.
            system.ActorOf(Props.Create(() => new TakeoverRecorder(
                services.Takeovers, takeovers, cluster.SelfAddress.HostAndPort(), services.Time, services.Logger)), "takeovers");
        }

        regions.Queues = Region.Start(
            system,
            // Remembered queues start again by themselves after a crash or when their shard moves.
            settings => settings.WithRememberEntities(true),
            entityId => QueueProducer.Props(QueueKey.FromTrusted(entityId), services),
            StopQueue.Instance);
        if (Region.IsOn(system))
        {
            system.ActorOf(ClusterSingletonManager.Props(
                Props.Create(() => new HandOffSweeper(
                    services.Ledger, () => regions.Queues, services.Time, services.Logger, Props.Create(() => new FrontendWatch()))),
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

    /// <summary>
    /// Replaces the region by a proxy: this node's hand-off continues with queues on other nodes while the queues here stop.
    /// </summary>
    public IActorRef StepBack(ActorSystem system)
    {
        var region = regions.Queues;
        regions.Queues = Region.StartProxy(system);
        return region;
    }

    /// <summary>
    /// Waits for the hand-off of the last accepted parts, then drops messages to queues. The sweeper finds the remaining parts. The queues
    /// stop with their region; their state is durable.
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
