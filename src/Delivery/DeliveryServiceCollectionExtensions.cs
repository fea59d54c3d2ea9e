using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postfleet.Configuration;
using Postfleet.Contracts;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Contracts.Stats;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Classification;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Callout;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Proxy;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Security;
using Postfleet.Delivery.Smtp;
using Postfleet.Dns;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery;

/// <summary>Settings of the Delivery module, made at the start and for each reload.</summary>
/// <param name="Hostname">The host name of this node.</param>
/// <param name="Options">Options of SMTP delivery.</param>
/// <param name="Routes">The configured routes, in their order.</param>
/// <param name="FirstPause">The first pause of an unreachable site.</param>
/// <param name="MaxPause">The longest pause of an unreachable site.</param>
/// <param name="Grace">How long the attempts in progress may take when the node stops.</param>
/// <param name="Listeners">The addresses at which this node accepts mail, used to detect mail loops.</param>
public sealed record DeliverySettings(
    string Hostname, DeliveryOptions Options, IReadOnlyList<RouteOptions> Routes, TimeSpan FirstPause, TimeSpan MaxPause, TimeSpan Grace,
    IReadOnlyList<IPEndPoint> Listeners)
{
    /// <summary>The limits of providers.</summary>
    public IReadOnlyList<ProviderOptions> Providers { get; init; } = [];

    /// <summary>The limits of single sites, domains and sources.</summary>
    public IReadOnlyList<DestinationOptions> Destinations { get; init; } = [];

    /// <summary>The sources that routes name.</summary>
    public IReadOnlyList<SourceOptions> Sources { get; init; } = [];

    /// <summary>The rules for replies of remote hosts.</summary>
    public ResponseOptions Responses { get; init; } = new();

    /// <summary>The streams, which share each destination by their weights.</summary>
    public StreamSet Streams { get; init; } = StreamSet.None;

    /// <summary>Returns the machine's current IP addresses; a listener on all addresses is reachable at each of them.</summary>
    public required Func<IEnumerable<IPAddress>> MachineAddresses { get; init; }

    /// <summary>
    /// The maximum number of open sockets from this node to mail hosts. A further attempt waits for a free slot, at most for the connect
    /// timeout.
    /// </summary>
    public int MaxSockets { get; init; } = int.MaxValue;
}

/// <summary>Registers the Delivery module.</summary>
public static class DeliveryServiceCollectionExtensions
{
    private const int MaxCountedSockets = 50_000;

    /// <summary>
    /// Registers the route resolver, the names of the routes, the SMTP connector, the destinations, and the classifier of replies for all
    /// modules.
    /// </summary>
    public static IServiceCollection AddDelivery(this IServiceCollection services, DeliverySettings settings)
    {
        services.AddSingleton<IMailDns, MailDns>();
        services.AddSingleton(new BounceClassifier(ResponseRules.Load(settings.Responses, settings.Providers)));
        services.AddSingleton(provider => new DeliveryReload(
            settings, provider.GetRequiredService<MailLoopDetector>(), provider.GetRequiredService<IMailDns>(),
            provider.GetRequiredService<SmtpConnector>(), provider.GetRequiredService<BounceClassifier>(),
            provider.GetService<IRedirections>(), provider.GetRequiredService<TimeProvider>(), options => NewPolicies(provider, options)));
        services.AddSingleton<IReloadable<DeliverySettings>>(provider => provider.GetRequiredService<DeliveryReload>());
        services.AddSingleton(provider => new MailLoopDetector(
            settings.Hostname, settings.Listeners, settings.Options.AllowLoopbackMx, settings.MachineAddresses,
            () => provider.GetRequiredService<ClusterHosts>().Others));
        services.AddSingleton<IRouteResolver>(provider => provider.GetRequiredService<DeliveryReload>().Resolver);
        services.AddSingleton<IRouteNames>(provider => provider.GetRequiredService<DeliveryReload>().Names);
        services.AddSingleton<IHostConnector>(provider => provider.GetRequiredService<SmtpConnector>());
        services.AddSingleton(provider => new SmtpConnector(
            settings.Hostname, settings.Options, TlsClient.Trusting(settings.Options.Tls),
            provider.GetRequiredService<TimeProvider>(),
            LoggerOf(provider))
        {
            IsOwnName = provider.GetRequiredService<MailLoopDetector>().IsOwnName,
            Dialer = new Dialer(settings.Options.Timeouts.Connect, provider
                .GetRequiredService<TimeProvider>())
            { Slots = NewSlots(settings.MaxSockets) },
        });
        services.AddSingleton<IRecipientCallout>(provider => new RecipientCallout(
            provider.GetRequiredService<IRouteResolver>(), NewConnector(provider).ConnectAsync,
            provider.GetRequiredService<TimeProvider>(), LoggerOf(provider)));
        services.AddSingleton<IMailProxy>(provider =>
        {
            var reload = provider.GetRequiredService<DeliveryReload>();
            return new MailProxy(
                provider.GetRequiredService<IRouteResolver>(), NewConnector(provider).ConnectAsync,
                () => new ProxyLimits(
                    reload.Options.MaxProxyConnections, reload.Options.MaxMessagesPerConnection, reload.Options.IdleConnection),
                provider.GetRequiredService<TimeProvider>(), LoggerOf(provider));
        });
        services.AddSingleton<IDestinationLimits>(
            provider => new DestinationLimits(
                provider.GetRequiredService<DeliveryReload>().Rules, provider.GetRequiredService<DeliveryReload>().Shaping,
                () => provider.GetRequiredService<DeliveryReload>().Options));
        services.AddSingleton<IClusterModule>(provider =>
        {
            var time = provider.GetRequiredService<TimeProvider>();
            var logger = LoggerOf(provider);
            var reload = provider.GetRequiredService<DeliveryReload>();
            var connections = new ConnectionServices(
                provider.GetRequiredService<IPartReader>(), NewConnector(provider),
                time, logger,
                provider.GetRequiredService<IStallDetector>(), provider.GetRequiredService<IQueueNodeReachability>())
            {
                Classifier = provider.GetRequiredService<BounceClassifier>(),
                Policies = reload.Policies is { } policies ? new PolicyServices(policies, time, logger) : null,
                Suppression = provider.GetService<ISuppression>(),
            };
            var regions = provider.GetRequiredService<ShardRegions>();
            return new DeliveryModule(
                new DestinationServices(
                    reload.Rules, connections, reload.Local, provider.GetRequiredService<NodeStats>(), () => regions.Queues,
                    settings.Grace,
                    Random.Shared.NextDouble)
                {
                    States = provider.GetService<ISiteStateStore>() is { } store ? new SiteStates(store, time, logger) : null,
                    Shaping = reload.Shaping,
                    Budgets = provider.GetService<IBudgets>(),
                },
                regions);
        });
        return services;
    }

    private static SiteConnector NewConnector(IServiceProvider provider) => new(
        provider.GetRequiredService<IMailDns>(), provider.GetRequiredService<IHostConnector>(),
        provider.GetRequiredService<DeliveryReload>().Egress, provider.GetRequiredService<MailLoopDetector>(),
        provider.GetRequiredService<ICaptureStore>(), provider.GetRequiredService<TimeProvider>(), Random.Shared.Next,
        LoggerOf(provider))
    {
        Shaping = provider.GetRequiredService<DeliveryReload>().Shaping,
    };

    private static DomainPolicies NewPolicies(IServiceProvider provider, Func<DeliveryOptions> options)
    {
        var (connector, time) = (provider.GetRequiredService<SmtpConnector>(), provider.GetRequiredService<TimeProvider>());
        var fetcher = new StsFetcher(
            () => options().Tls, () => connector.Tls, provider.GetRequiredService<IMailDns>(),
            provider.GetRequiredService<MailLoopDetector>(), time);
        var sts = new StsPolicies(
            () => options().Tls, provider.GetRequiredService<IDnsResolver>(), fetcher, provider.GetRequiredService<ITlsPolicyStore>(),
            time, LoggerOf(provider));
        return new DomainPolicies(
            sts, new DaneLookup(options, provider.GetRequiredService<IDnssecLookup>(), time, LoggerOf(provider)));
    }

    private static ILogger LoggerOf(IServiceProvider provider) =>
        provider.GetRequiredService<ILoggerFactory>().CreateLogger("Delivery");

    // A limit above every machine's capacity needs no semaphore.
    private static SemaphoreSlim? NewSlots(int max) => max < MaxCountedSockets ? new SemaphoreSlim(max) : null;
}
