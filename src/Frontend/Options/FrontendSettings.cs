using System.Net;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Options;

/// <summary>The settings of the SMTP server, made by the node at the start and for each reload.</summary>
/// <param name="Hostname">The host name of this node.</param>
/// <param name="Listeners">The listeners.</param>
/// <param name="Tls">The certificate of the listeners.</param>
/// <param name="Limits">The limits.</param>
/// <param name="Relay">Trusted networks, relay domains and postmaster.</param>
/// <param name="Grace">How long sessions may finish their messages when the server stops.</param>
public sealed record FrontendSettings(
    string Hostname, IReadOnlyList<ListenerOptions> Listeners, TlsOptions Tls, SmtpOptions Limits, RelayOptions Relay, TimeSpan Grace)
{
    /// <summary>Reads the present addresses of the machine, which a listener on all addresses stands for.</summary>
    public required Func<IEnumerable<IPAddress>> MachineAddresses { get; init; }

    /// <summary>Section <c>Auth</c>.</summary>
    public AuthOptions Auth { get; init; } = new();

    /// <summary>Section <c>Submission</c>.</summary>
    public SubmissionOptions Submission { get; init; } = new();

    /// <summary>Section <c>Inbound</c>.</summary>
    public InboundOptions Inbound { get; init; } = new();

    /// <summary>Section <c>Rewriting</c>.</summary>
    public RewritingOptions Rewriting { get; init; } = new();

    /// <summary>Section <c>Filters</c>.</summary>
    public IReadOnlyList<FilterOptions> Filters { get; init; } = [];

    /// <summary>How long a submitted message may be held (RFC 4865): the queue lifetime.</summary>
    public TimeSpan MaxHold { get; init; } = TimeSpan.FromDays(5);

    /// <summary>The streams that trusted clients and users may choose.</summary>
    public StreamSet Streams { get; init; } = StreamSet.None;

    /// <summary>The routes, in order of precedence: recipients whose route rejects mail are refused.</summary>
    public IReadOnlyList<RouteRule> Routes { get; init; } = [];
}
