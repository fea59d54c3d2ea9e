using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool;

namespace Postfleet.Delivery;

/// <summary>What delivery is made of.</summary>
/// <param name="Hostname">This node's name.</param>
/// <param name="Options">How mail is sent.</param>
/// <param name="Routes">Where mail goes.</param>
/// <param name="Dns">How names are resolved.</param>
/// <param name="FirstPause">How long a site that cannot be reached is left alone first.</param>
/// <param name="MaxPause">The longest such time.</param>
/// <param name="Grace">How long attempts under way may take when the node stops.</param>
/// <param name="Listeners">Where this node takes mail, so that it sends none to itself.</param>
public sealed record DeliverySettings(
    string Hostname, DeliveryOptions Options, IReadOnlyList<RouteOptions> Routes, DnsOptions Dns, TimeSpan FirstPause, TimeSpan MaxPause,
    TimeSpan Grace,
    IReadOnlyList<IPEndPoint> Listeners)
{
    /// <summary>Reads the addresses that the machine has now: a listener on all addresses stands for them.</summary>
    public required Func<IEnumerable<IPAddress>> MachineAddresses { get; init; }

    /// <summary>
    /// Most sockets of this node to mail hosts at a time; attempts beyond it wait for one, as long as connecting may take.
    /// </summary>
    public int MaxSockets { get; init; } = int.MaxValue;
}

/// <summary>Adds delivery to a node.</summary>
public static class DeliveryServiceCollectionExtensions
{
    private const int MaxCounted = 50_000;

    /// <summary>Adds the resolver of routes and the destinations.</summary>
    public static IServiceCollection AddDelivery(this IServiceCollection services, DeliverySettings settings)
    {
        services.AddSingleton(settings.Dns);
        services.AddSingleton<IMailDns, MailDns>();
        services.AddSingleton(new EgressTable(settings.Routes));
        services.AddSingleton(provider => new OwnHosts(
            settings.Hostname, settings.Listeners, settings.Options.AllowLoopbackMx, settings.MachineAddresses,
            () => provider.GetRequiredService<ClusterHosts>().Others));
        services.AddSingleton<IRouteResolver>(provider =>
            new RouteResolver(
                settings.Routes, provider.GetRequiredService<EgressTable>(), settings.Options, provider.GetRequiredService<OwnHosts>(),
                provider.GetRequiredService<IMailDns>()));
        services.AddSingleton<IHostConnector>(provider => new SmtpConnector(
            settings.Hostname, settings.Options, TlsClient.Trusting(settings.Options.Tls.Authorities),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Delivery"))
        {
            IsOwnName = provider.GetRequiredService<OwnHosts>().IsOwnName,
            Dialer = new Dialer(settings.Options.Timeouts.Connect, provider
                .GetRequiredService<TimeProvider>())
            { Slots = Slots(settings.MaxSockets) },
        });
        services.AddSingleton<IClusterModule>(provider =>
        {
            var time = provider.GetRequiredService<TimeProvider>();
            var logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger("Delivery");
            var connector = new SiteConnector(
                provider.GetRequiredService<IMailDns>(), provider.GetRequiredService<IHostConnector>(),
                provider.GetRequiredService<EgressTable>(),
                provider.GetRequiredService<OwnHosts>(), provider.GetRequiredService<ICaptureStore>(), time, Random.Shared.Next, logger);
            var connections = new ConnectionServices(
                provider.GetRequiredService<ISpool>(), connector, settings.Options.MaxMessagesPerConnection, time, logger,
                provider.GetRequiredService<IStallDetector>(), provider.GetRequiredService<IQueueNodeReachability>());
            var rules = new DestinationRules
            {
                MaxConnections = settings.Options.MaxConnectionsPerSite,
                MaxRate = settings.Options.MaxRatePerSite,
                MaxRecipients = settings.Options.MaxRecipientsPerTransaction,
                IdleConnection = settings.Options.IdleConnection,
                FirstPause = settings.FirstPause,
                MaxPause = settings.MaxPause,
            };
            var regions = provider.GetRequiredService<ShardRegions>();
            return new DeliveryModule(
                new DestinationServices(
                    rules, connections, new LocalDestinations(), provider.GetRequiredService<NodeStats>(), () => regions.Queues,
                    settings.Grace,
                    Random.Shared.NextDouble),
                regions);
        });
        return services;
    }

    // Where there is room for more than anybody has, nothing is counted.
    private static SemaphoreSlim? Slots(int most) => most < MaxCounted ? new SemaphoreSlim(most) : null;
}
