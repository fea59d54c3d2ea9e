using System.Net;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend;

/// <summary>What the frontend is made of.</summary>
/// <param name="Hostname">This node's name.</param>
/// <param name="Listeners">Where it listens.</param>
/// <param name="Tls">The certificate of the listeners.</param>
/// <param name="Limits">Its limits.</param>
/// <param name="Relay">For whom it relays.</param>
/// <param name="Grace">How long sessions past DATA may take when it stops.</param>
public sealed record FrontendSettings(
    string Hostname, IReadOnlyList<ListenerOptions> Listeners, TlsOptions Tls, SmtpOptions Limits, RelayOptions Relay, TimeSpan Grace)
{
    /// <summary>Reads the addresses that the machine has now: a listener on all addresses stands for them.</summary>
    public required Func<IEnumerable<IPAddress>> MachineAddresses { get; init; }

    /// <summary>Where mail goes: what would be returned at once is refused.</summary>
    public IReadOnlyList<RouteRule> Routes { get; init; } = [];
}
