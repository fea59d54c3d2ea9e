using Postfleet.Configuration;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Dns.Options;

/// <summary>The keys of the section about the resolution of names.</summary>
public sealed class DnsConfiguration : ModuleConfiguration<DnsSections>
{
    private const int DnsPort = 53;

    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Dns:Servers:#", Text("address or address:port", text => TextForms.ServerEndpoint(text, DnsPort)), "192.0.2.53:53",
            "DNS servers; an empty list uses the system's."),
        new("Dns:TrustedServers:#", Text("address or address:port", text => TextForms.ServerEndpoint(text, DnsPort)), "192.0.2.53:53",
            "Servers, beside those on loopback, whose word that they validated an answer (DNSSEC, bit AD) is trusted."),
        new("Dns:Timeout", Duration("100ms", "1m"), "2s", "Time-out of one query."),
    ];

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(DnsSections options, CheckSurroundings surroundings) =>
        ListWarnings.Repeated("Dns:Servers", options.Dns.Servers)
            .Concat(ListWarnings.Repeated("Dns:TrustedServers", options.Dns.TrustedServers));
}
