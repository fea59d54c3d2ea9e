using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts;
using Postfleet.Journal.Sweeping;

namespace Postfleet.Journal;

/// <summary>
/// Starts the journal's actor on queue nodes: the singleton for sweeping the rows of empty queues. The cluster module calls it for each new
/// actor system.
/// </summary>
internal sealed class JournalModule(JournalStorage storage, TimeProvider time, ILogger logger) : IClusterModule
{
    public Task StartAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        if (cluster.SelfRoles.Contains(NodeRoles.Queue)) StartSweeper(system, cluster);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Older versions of the program ignore the floor, so no row is swept while nodes have different versions.
    private void StartSweeper(ActorSystem system, Akka.Cluster.Cluster cluster)
    {
        Func<bool> areAlike = () => cluster.State.Members.All(member => member.AppVersion.Equals(cluster.SelfMember.AppVersion));
        system.ActorOf(
            ClusterSingletonManager.Props(
                Props.Create(() => new JournalSweeper(storage.Sweep, areAlike, time, logger)), PoisonPill.Instance,
                ClusterSingletonManagerSettings.Create(system).WithRole(NodeRoles.Queue)),
            "journal-sweeper");
    }
}
