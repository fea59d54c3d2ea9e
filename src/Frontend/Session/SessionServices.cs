using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Rewriting;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend.Session;

/// <summary>The shared services and limits of all sessions of a server. Thread-safe.</summary>
/// <param name="Server">The replies with the name of this host.</param>
/// <param name="Limits">The limits of sessions.</param>
/// <param name="Relay">The relay policy.</param>
/// <param name="Submission">Stores messages and hands them off.</param>
/// <param name="Memory">The memory for messages and envelopes.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The module's log.</param>
/// <param name="RefusalBudget">Limits the log lines about refusals.</param>
/// <param name="Tls">The TLS server; null without a certificate.</param>
internal sealed record SessionServices(
    ServerReplies Server, SmtpOptions Limits, RelayPolicy Relay, ISubmission Submission, BodyMemory Memory, TimeProvider Time,
    ILogger Logger, LogBudget RefusalBudget, TlsServer? Tls = null)
{
    /// <summary>The registered checks.</summary>
    public SessionChecks Checks { get; init; } = new();

    /// <summary>The filters, in their order.</summary>
    public IReadOnlyList<ISessionFilter> Filters { get; init; } = [];

    /// <summary>The services of submission listeners; null where the users are not known.</summary>
    public SubmissionServices? ForSubmission { get; init; }

    /// <summary>The services of listeners for inbound mail.</summary>
    public InboundServices? ForInbound { get; init; }

    /// <summary>The recipients of the inbound domains, on all listeners; null where each is accepted.</summary>
    public RecipientRules? Recipients { get; init; }

    /// <summary>The changes of addresses and header fields; null for none.</summary>
    public Rewriter? Rewriter { get; init; }

    /// <summary>Passes mail on before it is accepted; null where no mail is.</summary>
    public IMailProxy? Proxy { get; init; }

    /// <summary>The streams that trusted clients may choose.</summary>
    public StreamSet Streams { get; init; } = StreamSet.None;

    /// <summary>Stress mode: whether the server is near its limit of connections.</summary>
    public StressMode Stress { get; init; } = new(Limits);

    /// <summary>Limits the log lines about trusted clients sending before the greeting: a single line for each client.</summary>
    public PeerLogBudget PregreetBudget { get; } = new(Time, Timeout.InfiniteTimeSpan);

    /// <summary>Limits the log lines about refused proxies: an untrusted load balancer connects every few seconds.</summary>
    public PeerLogBudget ProxyRefusalBudget { get; } = new(Time, TimeSpan.FromMinutes(1));

    /// <summary>Creates the profile of a listener.</summary>
    public SessionProfile ProfileOf(ListenerOptions listener)
    {
        var tls = listener.ImplicitTls ? ListenerTls.Implicit : Tls is not null ? ListenerTls.StartTls : ListenerTls.None;
        return ProfileOf(new ListenerProfile(listener.Service, tls)
        {
            Endpoint = listener.Endpoint.ToString(),
            Stream = listener.Stream,
            Checks = ListenerCheckText.Of(listener),
            Filters = ListenerFilterText.Of(listener),
            RequiresAuthentication = listener.Service == ListenerOptions.Submission,
        });
    }

    /// <summary>Creates the profile of a listener with the given properties.</summary>
    public SessionProfile ProfileOf(ListenerProfile listener) => new(
        listener, Server, Limits, Relay, Checks, Filters, listener.Service == ListenerOptions.Submission ? ForSubmission : null,
        new AuthenticationReport(Logger, RefusalBudget), new LimitReport(Logger, new LogBudget(Time, LimitReport.LinesPerSecond)),
        // Without it the listener would be one of relay, with other rules.
        listener.Service != ListenerOptions.Inbound ? null
            : ForInbound ?? throw new InvalidOperationException("inbound listeners need Inbound:Domains and a resolver"),
        Recipients, Rewriter is { } rewriter && rewriter.AppliesTo(listener.Service) ? rewriter : null,
        Proxy is { } proxy && Relay.HasPassages ? new ProxyCheck(proxy, Relay, Recipients) : null);
}
