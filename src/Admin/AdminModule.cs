using Akka.Actor;
using Postfleet.Admin.Formats;
using Postfleet.Admin.Reload;
using Postfleet.Contracts;
using Postfleet.Contracts.Serialization;
using Postfleet.Contracts.Stats;

namespace Postfleet.Admin;

/// <summary>
/// Starts <see cref="NodeStatisticsActor"/>, <see cref="DepartureWatch"/> and <see cref="ReloadActor"/> on each new actor system and gives
/// the system to <see cref="ClusterStatistics"/>. The cluster module calls it.
/// </summary>
internal sealed class AdminModule(
    NodeStats stats, ShardRegions regions, ClusterStatistics reports, DepartedNodes departed, TimeProvider time,
    INodeReload? reload = null) : IClusterModule
{
    public IReadOnlyList<Codec> Formats => AdminFormats.All;

    public Task StartAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        system.ActorOf(Props.Create(() => new NodeStatisticsActor(stats, regions, time)), NodeStatisticsActor.Path);
        system.ActorOf(Props.Create(() => new DepartureWatch(departed)), "departures");
        if (reload is not null) system.ActorOf(Props.Create(() => new ReloadActor(reload)), ReloadActor.Path);
        reports.System = system;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
