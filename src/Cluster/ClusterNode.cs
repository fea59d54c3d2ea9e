using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Cluster.Liveness;
using Postfleet.Cluster.Membership;
using Postfleet.Cluster.Systems;
using Postfleet.Contracts;
using Postfleet.Contracts.Persistence;
using Postfleet.Contracts.Stats;
using Postfleet.Core;
using Postfleet.Core.Units;
using Postfleet.Storage.Postgres;

namespace Postfleet.Cluster;

/// <summary>
/// Owns the actor system <c>postfleet</c>: joins it to the cluster, starts the regions, and stops them in order. Destinations stop first,
/// while the queues still run and can record the outcomes of the last attempts. The host starts and stops it; its tasks run on the thread
/// pool.
/// </summary>
/// <remarks>
/// <code>
/// starting --> joining --up--> in the cluster --SIGTERM--> draining --> leaving --> stopped
///                 ^                  |
///                 +-- next system ---+ (downed by the others, or the registry belongs to another cluster)
/// </code>
/// After its removal from the cluster a node starts again with a new actor system while the process and its SMTP server continue: mail is
/// still accepted into the storage, and the nodes in the cluster hand it off.
/// </remarks>
internal sealed class ClusterNode(
    ClusterNodeSettings settings,
    IActorPersistence persistence,
    QueueNodeReachability reachability,
    IEnumerable<IClusterModule> modules,
    ServerGuard guard, ActorPulse pulse,
    ShardRegions regions, ClusterHosts hosts, ILoggerFactory loggers,
    IHostApplicationLifetime lifetime,
    TimeProvider time) : IHostedService, IReadinessCheck, IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    private readonly ILogger _logger = loggers.CreateLogger("Cluster");
    private readonly IClusterModule[] _modules = [.. modules];
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _graceOver = new();
    private readonly NodeProcess _process = NodeProcess.Describe(settings);
    private readonly PostgresNodeRegistry? _registry =
        settings.RegistryDatabase is { } database ? new PostgresNodeRegistry(database, settings.RegistryPassword, guard) : null;
    private string? _databaseId;
    private ActorSystems? _systems;
    private volatile ActorSystem? _system;
    private volatile ClusterJoin? _join;
    private volatile bool _hasBeenUp;
    private volatile bool _isCreating;
    private Task _life = Task.CompletedTask;
    private Task _drained = Task.CompletedTask;

    public string Name => "cluster";

    /// <summary>A frontend outside of a cluster still accepts mail: the storage holds the mail until the node has joined again.</summary>
    public bool IsAdvisory => _hasBeenUp && settings.Roles.Contains(NodeRoles.Frontend) && !_stopping.IsCancellationRequested;

    public ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        if (_stopping.IsCancellationRequested) return new("stopping");
        if (_system is not { } system || !regions.AreStarted) return new("starting");
        if (system.WhenTerminated.IsCompleted) return new("starting again");
        var cluster = Akka.Cluster.Cluster.Get(system);
        var status = cluster.SelfMember.Status;
        if (status == MemberStatus.Up) return new(QueueNodes.IsAnyReachable(cluster.State) ? null : "no queue node can be reached");
        return new($"this node is {status}, not Up: {_join?.Problem ?? "not joined yet"}");
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await persistence.PrepareAsync(cancellationToken);
        if (_registry is not null)
        {
            await _registry.PrepareAsync(cancellationToken);
            _databaseId = await _registry.ReadDatabaseIdAsync(cancellationToken);
        }

        var system = await StartSystemAsync(cancellationToken);
        if (_registry is null)
            await Akka.Cluster.Cluster.Get(system).JoinAsync(Akka.Cluster.Cluster.Get(system).SelfAddress, cancellationToken);
        // The node accepts mail while it joins. A node that cannot join because of its configuration opens no listener.
        else await _join!.CheckAsync(cancellationToken);
        _life = Task.Run(() => RunSystemsAsync(system), CancellationToken.None);
        // Sessions and attempts share one grace period: attempts end while the sessions end and not after them.
        lifetime.ApplicationStopping.Register(() => _drained = DrainAsync());
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _drained;
        if (_system is { } system && !system.WhenTerminated.IsCompleted)
        {
            var owned = new[] { regions.Destinations, regions.Queues };
            foreach (var module in _modules.Reverse()) await module.StopAsync(cancellationToken);
            foreach (var region in owned) await RegionShutdown.RunAsync(system, region, RegionShutdown.Limit, time, cancellationToken);
            await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(cancellationToken);
        }

        await _life.WaitAsync(cancellationToken);
        if (_join is not null) await _join.LeaveAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _stopping.Dispose();
        _graceOver.Dispose();
        if (_registry is not null) await _registry.DisposeAsync();
    }

    private async Task<ActorSystem> StartSystemAsync(CancellationToken cancellationToken)
    {
        var guard = _registry is null ? null : new DowningGuardSetup(_registry, time, _logger);
        _systems ??= new ActorSystems(settings, persistence, _modules, _databaseId, loggers, guard, IsJoining, time);
        // The flag stays set when the creation fails, because Akka may log the failure after the exception.
        _isCreating = true;
        var system = _systems.Create();
        pulse.Attach(system);
        system.ActorOf(Props.Create(() => new MembershipLog(_logger)), "membership-log");
        system.ActorOf(Props.Create(() => new HostDirectory(hosts)), "host-directory");
        if (_databaseId is not null) DatabaseIdentity.Publish(system, _databaseId);
        _join = _registry is null ? null : new ClusterJoin(system, _process, settings, _registry, _databaseId, time, _logger);
        (_system, _isCreating) = (system, false);
        if (settings.Roles.Contains(NodeRoles.Delivery))
            system.ActorOf(Props.Create(() => new QueueNodeWatch(reachability, _logger)), "queue-node-watch");
        foreach (var module in _modules) await module.StartAsync(system, cancellationToken);
        return system;
    }

    private bool IsJoining() => _isCreating || _join is { HasEntered: false };

    // One iteration for each actor system of this process.
    private async Task RunSystemsAsync(ActorSystem system)
    {
        var pause = FirstPause;
        while (true)
        {
            // A node whose certificate the others refuse loses its system; the growing pause spares them connections every second.
            pause = await RunSystemAsync(system) ? FirstPause : ExponentialPause.Next(pause, FirstPause, MaxPause);
            if (_stopping.IsCancellationRequested) return;
            if (_registry is null)
            {
                ClusterLog.ActorSystemEnded(_logger);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }

            try
            {
                await _join!.ExplainAsync(_stopping.Token);
                ClusterLog.Rejoining(_logger, pause, _join.Problem);
                regions.Queues = regions.Destinations = ActorRefs.Nobody;
                await Task.Delay(pause, time, _stopping.Token);
                system = await StartSystemAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (StartFailureException e)
            {
                ClusterLog.Refused(_logger, e.Message);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }
            catch (Exception e)
            {
                // A node without an actor system is useless, so the process ends and its supervisor restarts it.
                ClusterLog.CannotRejoin(_logger, e);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }
        }
    }

    // Returns when the actor system has ended: true when it had been in a cluster.
    private async Task<bool> RunSystemAsync(ActorSystem system)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var membership = _join is { } join ? JoinAndStayAsync(system, join, ended.Token) : Task.CompletedTask;
        var outdated = OutdatedMemory.EndAsync(system, persistence, _logger, ended.Token);
        await system.WhenTerminated;
        await ended.CancelAsync();
        await membership;
        await outdated;
        return _join?.HasEntered is true;
    }

    private async Task JoinAndStayAsync(ActorSystem system, ClusterJoin join, CancellationToken ended)
    {
        try
        {
            await join.EnterAsync(ended);
            _hasBeenUp |= join.HasEntered;
            if (await join.StayAsync(ended)) return;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return;
        }
        catch (StartFailureException e)
        {
            ClusterLog.Refused(_logger, e.Message);
            Environment.ExitCode = _hasBeenUp && !join.IsAddressRefused ? 1 : StartFailureException.ExitCode;
            lifetime.StopApplication();
        }
        catch (Exception e)
        {
            ClusterLog.MembershipFailed(_logger, e);
        }

        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }

    private async Task DrainAsync()
    {
        using var timer = time.CreateTimer(_ => _graceOver.Cancel(), null, settings.Grace, Timeout.InfiniteTimeSpan);
        foreach (var module in _modules.Reverse())
        {
            // If other nodes can take over, entities move there one by one, each when it has finished its current work: destinations before
            // queues, both while the last sessions end.
            if (_system is { } system && regions.AreStarted && Successors.Exist(system, settings.Roles, module.Role))
            {
                ClusterLog.MovingAway(_logger, module.Role!);
                var (region, limit) = (module.StepBack(system), settings.Grace + RegionShutdown.Limit);
                await RegionShutdown.RunAsync(system, region, limit, time, _graceOver.Token);
            }

            await module.DrainAsync(_graceOver.Token);
        }
    }
}
