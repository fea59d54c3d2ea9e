using Postfleet.Configuration;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Frontend.Options;

/// <summary>The keys, checks and warnings of section <c>Inbound</c>.</summary>
internal static class InboundKeys
{
    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigurationKey> All { get; } =
    [
        new("Inbound:Domains:#", Text("a domain name or *.suffix", TextForms.NameOrSuffix), "example.org",
            "Domains whose mail listeners of the service inbound accept, from every client."),
        new("Inbound:AuthservId", Text("a domain name, or empty", TextForms.EmptyOrName), "mx.example.org",
            "Name in Authentication-Results fields, the same on all nodes behind one MX (RFC 8601); empty for Node:Hostname."),
        new("Inbound:Dmarc", Choice<DmarcHandling>(), "none",
            "How far policies of DMARC apply: quarantine marks what fails, also where the policy says reject; "
            + "reject refuses it there; none only reports."),
        new("Inbound:TrustedSealers:#", Text("a domain name or *.suffix", TextForms.NameOrSuffix), "lists.example.net",
            "Domains of ARC sealers, such as lists, whose word counts for mail that fails DMARC."),
        new("Inbound:ReceivedSpf", Flag, "true", "Whether messages get a Received-SPF field (RFC 7208)."),
        new("Inbound:OnDnsFailure", Choice<DnsFailureHandling>(), "defer",
            "A message whose DMARC result needs a DNS answer that did not come: accept, or defer it."),
        new("Inbound:CheckTime", Duration("100ms", "2m"), "10s", "Time for all checks of a message together."),
    ];

    /// <summary>The forbidden combinations.</summary>
    public static IEnumerable<string> Check(FrontendSections options)
    {
        if (options.Inbound.Domains.Count > 0) yield break;
        foreach (var (index, _) in options.Listeners.Index().Where(listener => IsInbound(listener.Item)))
            yield return $"Inbound:Domains is empty; allowed: the domains of its mail, since Listeners:{index}:Service is 'inbound'";
    }

    /// <summary>The likely mistakes.</summary>
    public static IEnumerable<string> Warn(FrontendSections options)
    {
        foreach (var warning in ListWarnings.Repeated("Inbound:Domains", options.Inbound.Domains)) yield return warning;
        foreach (var warning in ListWarnings.Repeated("Inbound:TrustedSealers", options.Inbound.TrustedSealers)) yield return warning;
        if (options.Inbound.Domains.Count > 0 && options.Listeners.Count > 0 && !options.Listeners.Any(IsInbound))
            yield return "Inbound:Domains is not empty and no listener has the service 'inbound': no mail is checked";
    }

    private static bool IsInbound(ListenerOptions listener) => listener.Service == ListenerOptions.Inbound;
}
