using System.Diagnostics;
using Akka.Remote.Transport.DotNetty;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using Postfleet.Admin;
using Postfleet.Admin.Reload;
using Postfleet.Cluster;
using Postfleet.Cluster.Common;
using Postfleet.Cluster.Options;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Core;
using Postfleet.Core.Clocks;
using Postfleet.Delivery;
using Postfleet.Delivery.Routing;
using Postfleet.Dns;
using Postfleet.Frontend;
using Postfleet.Journal;
using Postfleet.Node.Common;
using Postfleet.Node.Configuration;
using Postfleet.Node.Logging;
using Postfleet.Node.Options;
using Postfleet.Operations;
using Postfleet.QueueActors;
using Postfleet.Signing;
using Postfleet.Spool;

namespace Postfleet.Node.Hosting;

/// <summary>Composes the modules and runs the node until a signal stops it. Called by the verb <c>serve</c>.</summary>
internal static class NodeHost
{
    /// <summary>Time for stopping beyond the grace period, for leaving the cluster and the last commits.</summary>
    private static readonly TimeSpan ShutdownMargin = TimeSpan.FromSeconds(30);

    /// <summary>The interval of readiness checks during the start.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs the node.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="log">The log.</param>
    /// <param name="hangUp">The signal for a reload.</param>
    /// <param name="cancellationToken">Ends the node.</param>
    /// <returns>The exit code: 0 after an orderly stop, 2 when it could not start, 1 when it failed.</returns>
    public static async Task<int> RunAsync(
        LoadedConfiguration configuration, LineLoggerProvider log, HangUp hangUp, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var (options, files) = (configuration.Options, OpenFiles.Limit());
        int connections, deliveries;
        DotNettySslSetup? tls;
        try
        {
            (connections, deliveries) = OpenFiles.Divide(files, options);
            tls = LoadTls(options.Cluster.Tls);
            options = await ClusterPlace.FindHostAsync(options, cancellationToken);
        }
        catch (StartFailureException e)
        {
            await Console.Error.WriteLineAsync($"postfleet: {e.Message}");
            return StartFailureException.ExitCode;
        }

        var wanted = options.Smtp.MaxConnections;
        var isCut = options.Node.Roles.Contains(NodeRoles.Frontend) && connections < wanted;
        if (isCut) options = options with { Smtp = options.Smtp with { MaxConnections = connections } };
        await using var app = Build(configuration, options, tls, deliveries, log);
        var logger = Logger(app.Services);
        var reload = app.Services.GetRequiredService<NodeReload>();
        hangUp.Attach(() => _ = reload.ReloadAsync("SIGHUP"));
        using var signals = new SignalGuard(logger);
        using var clock = new ClockWatch(app.Services.GetRequiredService<TimeProvider>(), logger);
        StartLines.Write(logger, configuration, options.Cluster);
        if (isCut) NodeLog.FewOpenFiles(logger, files!.Value, wanted, connections, deliveries);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // A signal came during the start. The started services stop in order, and the exception of the interrupted start is no fault.
            NodeLog.Stopping(logger, options.Node.ShutdownGrace);
            await app.StopAsync(CancellationToken.None);
            NodeLog.Stopped(logger);
            return Environment.ExitCode;
        }
        catch (Exception e) when (Explain(e, options) is { } reason)
        {
            await Console.Error.WriteLineAsync($"postfleet: {reason}");
            return StartFailureException.ExitCode;
        }

        var admin = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        NodeLog.AdminListening(logger, new Uri(admin).Authority);
        SystemdNotifier.Send(SystemdNotifier.Ready, logger);
        // Until the end: systemd may also watch over the stop, which its TimeoutStopSec bounds.
        using var watchdog = StartWatchdog(app.Services, logger);
        reload.Begin();
        app.Lifetime.ApplicationStopping.Register(() =>
        {
            reload.End();
            NodeLog.Stopping(logger, options.Node.ShutdownGrace);
            SystemdNotifier.Send(SystemdNotifier.Stopping, logger);
        });
        var ready = LogWhenReadyAsync(
            app, () => NodeLog.Ready(logger, Stopwatch.GetElapsedTime(started), options.Node.Hostname, ProgramVersion.Text));
        await app.WaitForShutdownAsync(cancellationToken);
        await ready;
        NodeLog.Stopped(logger);
        return Environment.ExitCode;
    }

    private static SystemdWatchdog? StartWatchdog(IServiceProvider services, ILogger logger) =>
        SystemdWatchdog.Period(Environment.GetEnvironmentVariables(), Environment.ProcessId) is not { } period ? null
            : new SystemdWatchdog(
                period, services.GetServices<ILifeSign>(), state => SystemdNotifier.Send(state, logger),
                services.GetRequiredService<TimeProvider>(), logger);

    // A node with seeds starts before it is in the cluster. The log says "ready" when the admin endpoint does.
    private static async Task LogWhenReadyAsync(WebApplication app, Action log)
    {
        var checks = app.Services.GetServices<IReadinessCheck>().ToArray();
        var time = app.Services.GetRequiredService<TimeProvider>();
        try
        {
            while (!await AreReadyAsync(checks, app.Lifetime.ApplicationStopping))
                await Task.Delay(PollInterval, time, app.Lifetime.ApplicationStopping);
            log();
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The node stops before it is ready; the next log lines say so.
        }
    }

    private static async Task<bool> AreReadyAsync(IReadinessCheck[] checks, CancellationToken stopping)
    {
        foreach (var check in checks) if (await check.CheckAsync(stopping) is not null && !check.IsAdvisory) return false;
        return true;
    }

    private static WebApplication Build(
        LoadedConfiguration loaded, PostfleetOptions options, DotNettySslSetup? tls, int maxDeliveries, LineLoggerProvider log)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "postfleet" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            kestrel.Listen(options.Admin.Endpoint, listen => listen.AnswerRefusals());
        });
        var logControl = new NodeLogControl(log, options.Log);
        builder.Logging.AddProvider(log).AddFilter("Microsoft", LogLevel.Warning)
            // The host would log a failed start a second time, with a stack trace.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        var services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Node.ShutdownGrace + ShutdownMargin);
        services.AddSingleton<TimeProvider>(new SteadyTimeProvider(new MachineTimeProvider())).AddSingleton<NodeStats>();
        // Replaces the host's own handler of signals.
        services.AddSingleton(provider => new DrainingLifetime(
                options.Node.DrainDelay, provider.GetRequiredService<IHostApplicationLifetime>(),
                provider.GetRequiredService<TimeProvider>(), Logger(provider)))
            .AddSingleton<IHostLifetime>(provider => provider.GetRequiredService<DrainingLifetime>());
        if (options.Node.DrainDelay > TimeSpan.Zero)
            services.AddSingleton<IReadinessCheck>(provider => provider.GetRequiredService<DrainingLifetime>());
        services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(logControl)
            .AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(logControl);
        var settings = new ModuleSettings(maxDeliveries);
        AddModules(services, options, tls, settings, loaded.Options.Cluster.Host == NodeAddress.Auto);
        services.AddSingleton(provider => NewReload(provider, loaded, options, new ReloadedModules(provider, settings, logControl)))
            .AddSingleton<INodeReload>(provider => provider.GetRequiredService<NodeReload>());
        var app = builder.Build();
        app.UseAdmin();
        return app;
    }

    private static NodeReload NewReload(
        IServiceProvider provider, LoadedConfiguration loaded, PostfleetOptions options, ReloadedModules modules)
    {
        var logger = Logger(provider);
        return new NodeReload(
            RunningConfiguration.Of(loaded, options), loaded.Sources, modules.Prepare, state => SystemdNotifier.Send(state, logger),
            logger);
    }

    private static ILogger Logger(IServiceProvider provider) => provider.GetRequiredService<ILoggerFactory>().CreateLogger("Node");

    // Hosted services start in this order and stop in reverse order: the listeners first, the storage last.
    private static void AddModules(
        IServiceCollection services, PostfleetOptions options, DotNettySslSetup? tls, ModuleSettings settings, bool isHostFound)
    {
        var (hostname, grace) = (options.Node.Hostname, options.Node.ShutdownGrace);
        services.AddSpool(StoragePlace.Spool(options));
        services.AddSigning(ModuleSettings.Signing(options));
        services.AddQueueActors(ModuleSettings.Queues(options), hostname, $"{options.Cluster.Host}:{options.Cluster.Port}",
            StoragePlace.IsEmbedded(options));
        services.AddDns(options.Dns);
        services.AddDelivery(settings.Delivery(options));
        services.AddOperations(ModuleSettings.Operations(options), ProgramVersion.Text);
        services.AddJournal(guard => StoragePlace.Journal(options, guard));
        services.AddCluster(new ClusterNodeSettings(
            options.Cluster.Host, options.Cluster.Port, ProgramVersion.Text, options.Node.Roles, grace, options.Cluster.Seeds,
            StoragePlace.IsEmbedded(options) ? null : options.Storage.ConnectionString, tls)
        {
            IsHostFound = isHostFound,
            RegistryPassword = StoragePlace.Password(options),
            MailHost = new ClusterHost(
                hostname,
                MailLoopDetector.ReachableEndpoints(ModuleSettings.Listeners(options), MachineAddresses.Read, ClusterHosts.MaxListeners)),
        });
        services.AddSingleton<IReadinessCheck, StorageReadiness>();
        if (ModuleSettings.IsFrontend(options)) services.AddFrontend(ModuleSettings.Frontend(options));
        services.AddAdmin(ModuleSettings.Admin(options));
    }

    private static DotNettySslSetup? LoadTls(ClusterTlsOptions tls) =>
        tls.Certificate.Length == 0 ? null : ClusterTls.Load(tls.Certificate, tls.Key, tls.Authority);

    // Null for an exception without a remedy for the operator: it is shown with its stack trace.
    private static string? Explain(Exception e, PostfleetOptions options) => e switch
    {
        StartFailureException => e.Message,
        IOException or System.Net.Sockets.SocketException when SocketErrors.Find(e) is { } error =>
            $"Admin:Endpoint {options.Admin.Endpoint} cannot be listened on: {error}",
        _ => null,
    };
}
