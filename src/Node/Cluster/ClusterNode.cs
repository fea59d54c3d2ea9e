using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Postfleet.Core.Protocol;
using Postfleet.Core.Protocol.Serialization;
using Postfleet.Core.Stats;
using Postfleet.Node.Hosting;

namespace Postfleet.Node.Cluster;

/// <summary>What the cluster's part of the node starts from.</summary>
/// <param name="Host">Host that other nodes reach this one by.</param>
/// <param name="Port">Port of the cluster's traffic; 0 for any.</param>
/// <param name="Roles">This node's roles.</param>
/// <param name="Grace">How long stopping may take.</param>
/// <param name="Seeds">Nodes to join; none makes a cluster of one.</param>
/// <param name="Journal">Where the journals are.</param>
internal sealed record ClusterSettings(
    string Host, int Port, IReadOnlyList<string> Roles, TimeSpan Grace, IReadOnlyList<string> Seeds, JournalStorage Journal);

/// <summary>
/// Owns the actor system <c>postfleet</c>: forms the cluster, starts the regions, and takes them down in an order that leaves nothing half done. Destinations go
/// first, while the queues are there to record how their last attempts ended.
/// </summary>
internal sealed class ClusterNode(
    ClusterSettings settings,
    IEnumerable<IClusterRoom> rooms,
    ShardRegions regions,
    ILoggerFactory loggers,
    IHostApplicationLifetime lifetime,
    TimeProvider time) : IHostedService, IReadinessCheck, IDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger<ClusterNode>();
    private readonly CancellationTokenSource _graceOver = new();
    private ActorSystem? _system;
    private Task _drained = Task.CompletedTask;
    private volatile bool _isStopping;

    public string Name => "cluster";

    public ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        if (_system is not { } system || !regions.AreStarted) return new("starting");
        if (_isStopping) return new("stopping");
        var self = Akka.Cluster.Cluster.Get(system).SelfMember;
        return new(self.Status == MemberStatus.Up ? null : $"this node is {self.Status}, not Up");
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Half a cluster would be worse than none: fail-over between nodes is not built and proved yet.
        if (settings.Seeds.Count > 0)
            throw new StartFailureException("Cluster:Seeds is set; this version runs clusters of one node only, so it must be empty");
        _system = CreateSystem();
        SerializationCheck.Verify(_system);
        _ = WatchAsync(_system);
        var cluster = Akka.Cluster.Cluster.Get(_system);
        await cluster.JoinAsync(cluster.SelfAddress, cancellationToken);
        foreach (var room in rooms) await room.StartAsync(_system, cancellationToken);
        // The grace is one for all that has to finish: attempts end while the sessions do, not after them.
        lifetime.ApplicationStopping.Register(() => _drained = DrainAsync());
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_system is not { } system) return;
        _isStopping = true;
        await _drained;
        var owned = new[] { regions.Destinations, regions.Queues };
        foreach (var room in rooms.Reverse()) await room.StopAsync(cancellationToken);
        foreach (var region in owned) await RegionShutdown.RunAsync(system, region, time, cancellationToken);
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(cancellationToken);
    }

    public void Dispose() => _graceOver.Dispose();

    private async Task DrainAsync()
    {
        _isStopping = true;
        using var timer = time.CreateTimer(_ => _graceOver.Cancel(), null, settings.Grace, Timeout.InfiniteTimeSpan);
        foreach (var room in rooms.Reverse()) await room.DrainAsync(_graceOver.Token);
    }

    private ActorSystem CreateSystem()
    {
        var config = ClusterConfig.Create(settings.Host, settings.Port, settings.Roles, settings.Grace)
            .WithFallback(settings.Journal.ToConfig())
            .WithFallback(PostfleetSerialization.Config)
            .WithFallback(ClusterSharding.DefaultConfig());
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), settings.Journal.Setup(), new AkkaLogSetup(loggers));
        try
        {
            return ActorSystem.Create("postfleet", setup);
        }
        catch (Exception e) when (StartFailure.FindSocketError(e) is { } error)
        {
            throw new StartFailureException($"Cluster:Port {settings.Port} on {settings.Host} cannot be listened on: {error}", e);
        }
    }

    // A node that the cluster has downed, or whose system has failed, must not go on as half a node.
    private async Task WatchAsync(ActorSystem system)
    {
        await system.WhenTerminated;
        if (_isStopping) return;
        NodeLog.ActorSystemEnded(_logger);
        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }
}
