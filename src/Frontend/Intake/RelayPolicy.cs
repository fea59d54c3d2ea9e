using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Intake;

/// <summary>
/// The relay policy: clients in trusted networks may send to any domain, other clients to the relay domains. Also resolves the postmaster.
/// Immutable; shared by all sessions.
/// </summary>
internal sealed class RelayPolicy
{
    private readonly NetworkSet _trusted;
    private readonly DomainSet _domains;
    private readonly RouteRule[] _routes;
    private readonly Mailbox _ownPostmaster;
    private readonly Mailbox? _postmaster;
    private readonly bool _isOwnPostmasterRouted;
    private readonly HashSet<IPAddress> _ownAddresses;

    /// <param name="options">Trusted networks, relay domains and postmaster.</param>
    /// <param name="routes">The routes, in order of precedence.</param>
    /// <param name="ownPostmaster">The mailbox <c>postmaster</c> at this host's name.</param>
    /// <param name="ownAddresses">The addresses at which this host accepts mail.</param>
    public RelayPolicy(RelayOptions options, IReadOnlyList<RouteRule> routes, Mailbox ownPostmaster, IEnumerable<IPAddress> ownAddresses)
    {
        _ownAddresses = [.. ownAddresses];
        _trusted = new NetworkSet(options.TrustedNetworks);
        _routes = [.. routes];
        HasPassages = Array.Exists(_routes, route => route.Proxy != ProxyMode.None);
        _ownPostmaster = ownPostmaster;
        _postmaster = options.Postmaster;
        // The MX of this host's name is usually this host itself, so mail needs a route to another host.
        _isOwnPostmasterRouted = IsRoutedElsewhere(ownPostmaster.Domain);
        _domains = new DomainSet(options.Domains);
    }

    /// <summary>Whether a client may send to any domain.</summary>
    public bool IsTrusted(IPAddress client) => _trusted.Contains(client);

    /// <summary>Whether a client may send to a domain.</summary>
    public bool Allows(IPAddress client, DomainName domain) => IsTrusted(client) || _domains.Contains(domain);

    /// <summary>
    /// Whether a local part names another host: <c>user%elsewhere.example</c>, <c>elsewhere.example!user</c> or
    /// <c>"user@elsewhere.example"</c>. A next host with trust in this host may relay to the named host, which would make this host an open
    /// relay. As Postfix's <c>allow_untrusted_routing = no</c>.
    /// </summary>
    public static bool IsRouted(string localPart) => localPart.AsSpan().IndexOfAny('%', '!', '@') >= 0;

    /// <summary>
    /// Whether the configuration rejects all mail to a domain: its route rejects mail, or there is no route. Refusing at RCPT avoids
    /// bounces to forged senders.
    /// </summary>
    public bool Rejects(DomainName domain) => RouteRule.Rejects(_routes, domain.Value);

    /// <summary>Whether a route passes mail on before it is accepted.</summary>
    public bool HasPassages { get; }

    /// <summary>How mail for a domain is passed on before it is accepted; null where it is queued.</summary>
    public Passage? PassageOf(DomainName domain)
    {
        for (var i = 0; i < _routes.Length; i++)
        {
            if (_routes[i].Takes(domain.Value))
                return _routes[i].Proxy == ProxyMode.None ? null : new Passage(i, _routes[i].Proxy);
        }

        return null;
    }

    /// <summary>Whether the route of a domain names the host to which its mail goes.</summary>
    public bool HasNamedHost(DomainName domain) => RouteOf(domain.Value) == TargetKind.Smarthost;

    /// <summary>
    /// Whether a mailbox is <c>postmaster</c> at this host's name, or at an address literal of this host. Both are equivalent to
    /// <c>postmaster</c> without a domain (RFC 5321 section 4.5.1).
    /// </summary>
    public bool IsPostmaster(Mailbox mailbox) =>
        mailbox.LocalPart.Equals(_ownPostmaster.LocalPart, StringComparison.OrdinalIgnoreCase)
            && (mailbox.Domain == _ownPostmaster.Domain || (mailbox.Domain.TryGetAddress(out var address) && IsOwn(address)));

    /// <summary>
    /// The mailbox for mail to the postmaster: <c>Relay:Postmaster</c>, else <c>postmaster</c> at this host's name. Null for an untrusted
    /// client if this name has no route: the mail would bounce to a usually forged sender.
    /// </summary>
    public Mailbox? PostmasterFor(bool isTrusted) => _postmaster ?? (isTrusted || _isOwnPostmasterRouted ? _ownPostmaster : null);

    /// <summary>
    /// The mailbox for mail to the postmaster of an inbound domain without an entry for it: <c>Relay:Postmaster</c>; else the address
    /// itself if the route of the domain leads to another host; else <c>postmaster</c> at this host's name, if its route does; else null.
    /// The MX of an inbound domain is usually this host itself.
    /// </summary>
    /// <param name="address">The address at the inbound domain.</param>
    public Mailbox? PostmasterOf(Mailbox address) =>
        _postmaster ?? (IsRoutedElsewhere(address.Domain) ? address : _isOwnPostmasterRouted ? _ownPostmaster : null);

    private bool IsRoutedElsewhere(DomainName domain) => RouteOf(domain.Value) is not (null or TargetKind.Mx or TargetKind.Reject);

    private bool IsOwn(IPAddress address) => _ownAddresses.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private TargetKind? RouteOf(string domain) => RouteRule.KindOf(_routes, domain);
}
