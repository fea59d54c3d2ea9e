using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Intake;

/// <summary>For whom mail is taken to where: clients of trusted networks send anywhere, others only to the relay domains.</summary>
internal sealed class RelayPolicy
{
    private readonly NetworkSet _trusted;
    private readonly HashSet<string> _domains;
    private readonly DomainPattern[] _suffixes;
    private readonly RouteRule[] _routes;
    private readonly Mailbox _ownPostmaster;
    private readonly Mailbox? _postmaster;
    private readonly bool _isOwnPostmasterRouted;
    private readonly HashSet<IPAddress> _ownAddresses;

    /// <param name="options">For whom mail is relayed.</param>
    /// <param name="routes">Where it goes.</param>
    /// <param name="ownPostmaster"><c>postmaster</c> at this host's own name.</param>
    /// <param name="ownAddresses">The addresses at which this host takes mail.</param>
    public RelayPolicy(RelayOptions options, IReadOnlyList<RouteRule> routes, Mailbox ownPostmaster, IEnumerable<IPAddress> ownAddresses)
    {
        _ownAddresses = [.. ownAddresses];
        _trusted = new NetworkSet(options.TrustedNetworks);
        _routes = [.. routes];
        _ownPostmaster = ownPostmaster;
        _postmaster = options.Postmaster.Length > 0 ? Mailbox.Parse(options.Postmaster) : null;
        // The MX of this host is this host, as a rule: its own name needs a route that leads somewhere else.
        _isOwnPostmasterRouted = RouteOf(ownPostmaster.Domain.Value) is not (null or TargetKind.Mx or TargetKind.Reject);
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
    /// <c>"user@elsewhere.example"</c>. A host that trusts this one would do so, and this one would be an open relay. As Postfix's
    /// <c>allow_untrusted_routing = no</c>.
    /// </summary>
    public static bool IsRouted(string localPart) => localPart.AsSpan().IndexOfAny('%', '!', '@') >= 0;

    /// <summary>
    /// Whether all mail to a domain is returned by configuration, since its route says so or there is none: who sends it is told so at
    /// once, and nobody whose address was forged by a bounce.
    /// </summary>
    public bool Rejects(DomainName domain) => RouteOf(domain.Value) is null or TargetKind.Reject;

    /// <summary>
    /// Whether a mailbox is <c>postmaster</c> at this host's own name, or at the literal of one of its addresses: both are the same as
    /// without a domain (RFC 5321 section 4.5.1).
    /// </summary>
    public bool IsPostmaster(Mailbox mailbox) =>
        mailbox.LocalPart.Equals(_ownPostmaster.LocalPart, StringComparison.OrdinalIgnoreCase)
            && (mailbox.Domain == _ownPostmaster.Domain || (mailbox.Domain.TryGetAddress(out var address) && IsOwn(address)));

    /// <summary>
    /// Where mail for the postmaster goes: to <c>Relay:Postmaster</c>, else to postmaster at this host's own name. Without a route for that
    /// name a stranger gets null: the mail would go back to a sender who is forged, as a rule.
    /// </summary>
    public Mailbox? PostmasterFor(bool isTrusted) => _postmaster ?? (isTrusted || _isOwnPostmasterRouted ? _ownPostmaster : null);

    private bool IsOwn(IPAddress address) => _ownAddresses.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private TargetKind? RouteOf(string domain)
    {
        foreach (var (pattern, kind) in _routes) if (pattern.Matches(domain)) return kind;
        return null;
    }

    private bool IsRelayed(string domain) => _domains.Contains(domain) || Array.Exists(_suffixes, suffix => suffix.Matches(domain));
}
