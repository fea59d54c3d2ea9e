using Microsoft.Extensions.Logging;
using Postfleet.Core.Options;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Listening;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend.Session;

/// <summary>What all sessions of a server share. Without a certificate there is no <paramref name="Tls"/>.</summary>
internal sealed record SessionServices(
    OwnReplies Own, SmtpOptions Limits, RelayPolicy Relay, MessageIntake Intake, BodyMemory Memory, TimeProvider Time, ILogger Logger, LogBudget Refusals,
    TlsServer? Tls = null)
{
    /// <summary>Whether the server is near its limit of connections.</summary>
    public StressLevel Stress { get; init; } = new(Limits);

    /// <summary>Trusted clients that have spoken before the greeting, each of which is logged once.</summary>
    public SeenClients EarlyTalkers { get; } = new();

    /// <summary>Peers that are refused on listeners for proxies: a balancer that is not trusted comes every few seconds.</summary>
    public PeerBudget RefusedProxies { get; } = new(Time);
}
