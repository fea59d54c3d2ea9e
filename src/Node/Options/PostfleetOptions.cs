using Postfleet.Admin.Options;
using Postfleet.Cluster.Options;
using Postfleet.Delivery.Options;
using Postfleet.Dns.Options;
using Postfleet.Frontend.Options;
using Postfleet.Operations.Options;
using Postfleet.QueueActors.Options;
using Postfleet.Signing.Options;
using Postfleet.Spool.Options;

namespace Postfleet.Node.Options;

/// <summary>
/// The whole configuration of a node: the sections of all modules, in the order in which they are documented and printed. Immutable;
/// validated before anything starts.
/// </summary>
public sealed record PostfleetOptions
{
    /// <summary>Section <c>Node</c>.</summary>
    public NodeOptions Node { get; init; } = new();

    /// <summary>Section <c>Cluster</c>.</summary>
    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>Section <c>Storage</c>.</summary>
    public StorageOptions Storage { get; init; } = new();

    /// <summary>Section <c>Listeners</c>.</summary>
    public IReadOnlyList<ListenerOptions> Listeners { get; init; } = new FrontendSections().Listeners;

    /// <summary>Section <c>Tls</c>.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>Section <c>Smtp</c>.</summary>
    public SmtpOptions Smtp { get; init; } = new();

    /// <summary>Section <c>Relay</c>.</summary>
    public RelayOptions Relay { get; init; } = new();

    /// <summary>Section <c>Auth</c>.</summary>
    public AuthOptions Auth { get; init; } = new();

    /// <summary>Section <c>Submission</c>.</summary>
    public SubmissionOptions Submission { get; init; } = new();

    /// <summary>Section <c>Inbound</c>.</summary>
    public InboundOptions Inbound { get; init; } = new();

    /// <summary>Section <c>Rewriting</c>.</summary>
    public RewritingOptions Rewriting { get; init; } = new();

    /// <summary>Section <c>Filters</c>; each filter sees the changes of those before it.</summary>
    public IReadOnlyList<FilterOptions> Filters { get; init; } = [];

    /// <summary>Section <c>DmarcReports</c>.</summary>
    public DmarcReportOptions DmarcReports { get; init; } = new();

    /// <summary>Section <c>Suppression</c>.</summary>
    public SuppressionOptions Suppression { get; init; } = new();

    /// <summary>Section <c>Dkim</c>: the keys that sign this site's mail.</summary>
    public IReadOnlyList<DkimKeyOptions> Dkim { get; init; } = [];

    /// <summary>Section <c>Signing</c>: rules for the signatures of this site's mail.</summary>
    public SigningOptions Signing { get; init; } = new();

    /// <summary>Section <c>Routes</c>; the first match wins.</summary>
    public IReadOnlyList<Delivery.Options.RouteOptions> Routes { get; init; } = new DeliverySections().Routes;

    /// <summary>Section <c>Sources</c>.</summary>
    public IReadOnlyList<Delivery.Options.SourceOptions> Sources { get; init; } = [];

    /// <summary>Section <c>Queues</c>.</summary>
    public QueueOptions Queues { get; init; } = new();

    /// <summary>Section <c>Streams</c>.</summary>
    public IReadOnlyList<StreamOptions> Streams { get; init; } = [];

    /// <summary>Section <c>Notifications</c>.</summary>
    public NotificationOptions Notifications { get; init; } = new();

    /// <summary>Section <c>Delivery</c>.</summary>
    public DeliveryOptions Delivery { get; init; } = new();

    /// <summary>Section <c>Providers</c>.</summary>
    public IReadOnlyList<ProviderOptions> Providers { get; init; } = [];

    /// <summary>Section <c>Destinations</c>.</summary>
    public IReadOnlyList<DestinationOptions> Destinations { get; init; } = [];

    /// <summary>Section <c>Responses</c>.</summary>
    public ResponseOptions Responses { get; init; } = new();

    /// <summary>Section <c>Dns</c>.</summary>
    public DnsOptions Dns { get; init; } = new();

    /// <summary>Section <c>Capture</c>.</summary>
    public CaptureOptions Capture { get; init; } = new();

    /// <summary>Section <c>History</c>.</summary>
    public HistoryOptions History { get; init; } = new();

    /// <summary>Section <c>Admin</c>.</summary>
    public AdminOptions Admin { get; init; } = new();

    /// <summary>Section <c>Metrics</c>.</summary>
    public MetricsOptions Metrics { get; init; } = new();

    /// <summary>Section <c>Tracing</c>.</summary>
    public TracingOptions Tracing { get; init; } = new();

    /// <summary>Section <c>Log</c>.</summary>
    public LogOptions Log { get; init; } = new();
}
