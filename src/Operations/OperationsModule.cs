using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.Singleton;
using Akka.Pattern;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts;
using Postfleet.Contracts.Serialization;
using Postfleet.Contracts.Stats;
using Postfleet.Operations.Formats;
using Postfleet.Operations.Replica;
using Postfleet.Operations.Reports;
using Postfleet.Operations.Run;
using Postfleet.Operations.Users;

namespace Postfleet.Operations;

/// <summary>
/// Starts the owner of the actions on nodes with the role <c>queue</c>, its proxy and the copy of the standing actions on all
/// nodes, and the exchange of log-ins and the sender of DMARC reports on nodes with the role <c>frontend</c>. The cluster module calls it.
/// </summary>
internal sealed class OperationsModule(
    ActionClient client, SuspensionTable table, RedirectionTable moves, Func<RunSource> source, ShardRegions regions, NodeStats stats,
    LoginReports logins, DmarcReporter reporter, TimeProvider time, ILogger logger) : IClusterModule
{
    private const string Name = "actions";

    // Queues of a new node wait for the owner's first answer.
    private static readonly TimeSpan FindOwnerEvery = TimeSpan.FromMilliseconds(200);

    public IReadOnlyList<Codec> Formats => ActionFormats.All;

    public Task StartAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        var isQueueNode = Cluster.Get(system).SelfRoles.Contains(NodeRoles.Queue);
        if (isQueueNode)
        {
            // The manager does not start its singleton again. It ends when its journal fails.
            var owner = BackoffSupervisor.Props(Backoff.OnStop(
                Props.Create(() => new ActionsActor(source, () => regions.Queues, time, logger)), Name, TimeSpan.FromSeconds(1),
                TimeSpan.FromSeconds(30), 0.2, -1));
            system.ActorOf(
                ClusterSingletonManager.Props(
                    owner, PoisonPill.Instance, ClusterSingletonManagerSettings.Create(system).WithRole(NodeRoles.Queue)), Name);
        }

        // The proxy logs a missing singleton at every start. OperationsLog.SuspensionsUnknown logs it when it matters.
        var proxySettings = ClusterSingletonProxySettings.Create(system).WithRole(NodeRoles.Queue)
            .WithSingletonIdentificationInterval(FindOwnerEvery).WithLogSingletonIdentificationFailure(false);
        var proxy = system.ActorOf(ClusterSingletonProxy.Props($"/user/{Name}", proxySettings), $"{Name}-proxy");
        client.Owner = proxy;
        Func<IActorRef>? queues = isQueueNode ? () => regions.Queues : null;
        system.ActorOf(Props.Create(() => new SuspensionReplica(table, moves, proxy, queues, stats, logger)), "suspensions");
        if (Cluster.Get(system).SelfRoles.Contains(NodeRoles.Frontend))
        {
            system.ActorOf(Props.Create(() => new LoginExchange(logins, () => OtherFrontends(system))), LoginExchange.Name);
            system.ActorOf(
                ClusterSingletonManager.Props(
                    Props.Create(() => new DmarcReportSender(
                        reporter.RunAsync, DmarcReportSender.FirstPause, DmarcReportSender.Interval, logger)),
                    PoisonPill.Instance, ClusterSingletonManagerSettings.Create(system).WithRole(NodeRoles.Frontend)),
                DmarcReportSender.Name);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static IEnumerable<ICanTell> OtherFrontends(ActorSystem system)
    {
        var cluster = Cluster.Get(system);
        foreach (var member in cluster.State.Members)
        {
            if (member.Status is not (MemberStatus.Up or MemberStatus.Leaving) || !member.HasRole(NodeRoles.Frontend) ||
                member.UniqueAddress.Equals(cluster.SelfUniqueAddress)) continue;
            yield return system.ActorSelection(new RootActorPath(member.Address) / "user" / LoginExchange.Name);
        }
    }
}
