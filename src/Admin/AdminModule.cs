using Akka.Actor;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;

namespace Postfleet.Admin;

/// <summary>The admin room's place in the actor system: what this node says of itself, and the way to ask the others.</summary>
internal sealed class AdminModule(NodeStats stats, ShardRegions regions, ClusterReports reports) : IClusterModule
{
    public Task StartAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        system.ActorOf(Props.Create(() => new NodeReporter(stats, regions)), NodeReporter.Path);
        reports.System = system;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
