using Postfleet.Configuration;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Classification;
using Postfleet.Core.Concurrency;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Security;
using Postfleet.Delivery.Shaping;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery;

/// <summary>
/// Holds what delivery derives from its settings, and replaces it in a reload. A connection keeps the options with which it was opened.
/// Routes apply when queues ask for them the next time, limits to all destinations at once.
/// </summary>
internal sealed class DeliveryReload : IReloadable<DeliverySettings>
{
    private readonly MailLoopDetector _own;
    private readonly IMailDns _dns;
    private readonly SmtpConnector _connector;
    private readonly BounceClassifier _classifier;
    private readonly Current<DeliveryOptions> _options;
    private readonly CurrentRoutes _resolver;

    /// <param name="settings">The settings at the start.</param>
    /// <param name="own">The addresses and names of this cluster.</param>
    /// <param name="dns">The DNS client.</param>
    /// <param name="connector">The SMTP connector, which follows reloads.</param>
    /// <param name="classifier">The classifier of replies, which follows reloads.</param>
    /// <param name="redirections">The moves to routes; null where no operator can move mail.</param>
    /// <param name="time">The clock.</param>
    /// <param name="policies">Makes the policies of domains about TLS, which follow reloads; null for none.</param>
    public DeliveryReload(
        DeliverySettings settings, MailLoopDetector own, IMailDns dns, SmtpConnector connector, BounceClassifier classifier,
        IRedirections? redirections, TimeProvider time, Func<Func<DeliveryOptions>, IDomainPolicies>? policies = null)
    {
        (_own, _dns, _connector, _classifier, Policies) = (own, dns, connector, classifier, policies?.Invoke(() => Options));
        _options = new Current<DeliveryOptions>(settings.Options);
        Egress = new Current<EgressTable>(new EgressTable(settings.Routes, settings.Sources));
        Rules = new Current<DestinationRules>(RulesOf(settings));
        Shaping = new Current<ShapingTable>(TableOf(settings));
        _resolver = new CurrentRoutes(ResolverOf(settings, Egress.Value), redirections, time);
    }

    /// <summary>Resolves the destinations of queues by the routes in force.</summary>
    public IRouteResolver Resolver => _resolver;

    /// <summary>The names of the routes in force.</summary>
    public IRouteNames Names => _resolver;

    /// <summary>The egresses of the routes.</summary>
    public Current<EgressTable> Egress { get; }

    /// <summary>The limits of destinations.</summary>
    public Current<DestinationRules> Rules { get; }

    /// <summary>The policies of domains about TLS; null for none.</summary>
    public IDomainPolicies? Policies { get; }

    /// <summary>The limits of single destinations.</summary>
    public Current<ShapingTable> Shaping { get; }

    /// <summary>The destinations of this node.</summary>
    public LocalDestinations Local { get; } = new();

    /// <summary>The options in force.</summary>
    public DeliveryOptions Options => _options.Value;

    /// <inheritdoc/>
    public Action Prepare(DeliverySettings settings)
    {
        var egress = new EgressTable(settings.Routes, settings.Sources, Egress.Value);
        var resolver = ResolverOf(settings, egress);
        var tls = TlsClient.Trusting(settings.Options.Tls);
        var classifier = ResponseRules.Load(settings.Responses, settings.Providers);
        var rules = RulesOf(settings);
        var shaping = TableOf(settings);
        return () =>
        {
            // Destinations of the new routes must be known before queues name them.
            Egress.Value = egress;
            _connector.Use(settings.Options, tls);
            _options.Value = settings.Options;
            _classifier.Use(classifier);
            _resolver.Use(resolver);
            if (rules == Rules.Value && shaping.Equals(Shaping.Value)) return;
            (Rules.Value, Shaping.Value) = (rules, shaping);
            Local.ChangeRules();
        };
    }

    private RouteResolver ResolverOf(DeliverySettings settings, EgressTable egress) =>
        new(settings.Routes, egress, settings.Options, _own, _dns)
        {
            FindPolicy = Policies is null ? null : Policies.PrepareAsync,
        };

    private static ShapingTable TableOf(DeliverySettings settings) => new(settings.Providers, settings.Destinations);

    private static DestinationRules RulesOf(DeliverySettings settings) => new()
    {
        MaxConnections = settings.Options.MaxConnectionsPerSite,
        MaxRate = settings.Options.MaxRatePerSite,
        MaxMessages = settings.Options.MaxMessagesPerConnection,
        MaxRecipients = settings.Options.MaxRecipientsPerTransaction,
        IdleConnection = settings.Options.IdleConnection,
        FirstPause = settings.FirstPause,
        MaxPause = settings.MaxPause,
        Streams = settings.Streams,
    };
}
