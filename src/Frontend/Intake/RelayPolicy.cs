using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;

namespace Postfleet.Frontend.Intake;

/// <summary>For whom mail is taken to where: clients of trusted networks send anywhere, others only to the relay domains.</summary>
internal sealed class RelayPolicy
{
    private readonly NetworkSet _trusted;
    private readonly HashSet<string> _domains;
    private readonly DomainPattern[] _suffixes;
    private readonly (DomainPattern Domain, bool IsReject)[] _routes;

    /// <param name="options">For whom mail is relayed.</param>
    /// <param name="routes">Where it goes.</param>
    public RelayPolicy(RelayOptions options, IReadOnlyList<RouteOptions> routes)
    {
        _trusted = new NetworkSet(options.TrustedNetworks);
        _routes = routes.Any(IsReject) ? [.. routes.Select(route => (DomainPattern.Parse(route.Domain), IsReject(route)))] : [];
        var patterns = options.Domains.Select(DomainPattern.Parse).ToLookup(pattern => pattern.IsName);
        // There may be thousands of names.
        _domains = [.. patterns[true].Select(pattern => pattern.Text)];
        _suffixes = [.. patterns[false]];
    }

    /// <summary>Whether a client may send anywhere.</summary>
    public bool IsTrusted(IPAddress client) => _trusted.Contains(client);

    /// <summary>Whether a client may send to a domain.</summary>
    public bool Allows(IPAddress client, DomainName domain) => IsTrusted(client) || IsRelayed(domain.Value);

    /// <summary>
    /// Whether a local part asks the host behind to send the mail on: <c>user%elsewhere.example</c>, <c>elsewhere.example!user</c> or
    /// <c>"user@elsewhere.example"</c>. A host that trusts this one would do so, and this one would be an open relay. As Postfix's <c>allow_untrusted_routing = no</c>.
    /// </summary>
    public static bool IsRouted(string localPart) => localPart.AsSpan().IndexOfAny('%', '!', '@') >= 0;

    /// <summary>Whether all mail to a domain is returned by configuration: who sends it is told so at once, and nobody whose address was forged by a bounce.</summary>
    public bool Rejects(DomainName domain)
    {
        foreach (var (pattern, isReject) in _routes) if (pattern.Matches(domain.Value)) return isReject;
        return false;
    }

    private static bool IsReject(RouteOptions route) => route.To == "reject";

    private bool IsRelayed(string domain) => _domains.Contains(domain) || Array.Exists(_suffixes, suffix => suffix.Matches(domain));
}
