using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Listening;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend.Session;

/// <summary>What all sessions of a server share. Without a certificate there is no <paramref name="Tls"/>.</summary>
internal sealed record SessionServices(
    ServerReplies Own, SmtpOptions Limits, RelayPolicy Relay, MessageIntake Intake, BodyMemory Memory, TimeProvider Time, ILogger Logger,
    LogBudget Refusals,
    TlsServer? Tls = null)
{
    /// <summary>The checks that are registered.</summary>
    public SessionChecks Checks { get; init; } = new();

    /// <summary>Whether the server is near its limit of connections.</summary>
    public StressLevel Stress { get; init; } = new(Limits);

    /// <summary>Trusted clients that have spoken before the greeting, each of which is logged once.</summary>
    public SeenClients EarlyTalkers { get; } = new();

    /// <summary>Peers that are refused on listeners for proxies: a balancer that is not trusted comes every few seconds.</summary>
    public PeerBudget RefusedProxies { get; } = new(Time);

    /// <summary>Makes what the sessions of a listener have in common.</summary>
    public SessionProfile ProfileOf(ListenerOptions listener)
    {
        var tls = listener.ImplicitTls ? ListenerTls.Implicit : Own.HasTls ? ListenerTls.StartTls : ListenerTls.None;
        return new SessionProfile(new ListenerProfile(listener.Service, tls), Own, Limits, Relay, Checks);
    }
}
