using System.Net;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Dns;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// Resolves the destination of a queue: the configured routes in order, and DNS for <c>mx</c> routes (RFC 5321 section 5.1). Called by
/// queues through <see cref="IRouteResolver"/>. Thread-safe.
/// </summary>
internal sealed class RouteResolver : IRouteResolver
{
    /// <summary>The maximum number of hosts tried per site; large providers have fewer.</summary>
    public const int MaxHosts = 10;

    private static readonly TimeSpan StaticTtl = TimeSpan.FromHours(1);

    private readonly IReadOnlyList<(DomainPattern Pattern, string Stream, string Source, DeliveryTarget? Target)> _routes;
    private readonly Dictionary<string, int> _byName;
    private readonly IMailDns _dns;
    private readonly MailLoopDetector _own;
    private readonly int _port;

    public RouteResolver(
        IReadOnlyList<RouteOptions> routes, EgressTable egress, DeliveryOptions delivery, MailLoopDetector own, IMailDns dns)
    {
        _routes = [.. routes.Select(
            (route, i) => (route.Domain, route.Stream, egress.NameOf(i), TargetOf(route, egress.NameOf(i))))];
        _byName = routes.Index().Where(route => route.Item.Name.Length > 0).ToDictionary(route => route.Item.Name, route => route.Index);
        Names = [.. _byName.Keys];
        (_dns, _own, _port) = (dns, own, delivery.Port);
    }

    /// <summary>The names of the routes, in their order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Finds the policy of a domain about TLS, brought up to date; null where there are no policies.</summary>
    internal Func<string, CancellationToken, ValueTask<PublishedPolicy?>>? FindPolicy { get; init; }

    public ValueTask<RouteDecision> ResolveAsync(QueueKey queue, CancellationToken cancellationToken)
    {
        var domain = queue.Domain;
        for (var i = 0; i < _routes.Count; i++)
        {
            var (pattern, stream, _, _) = _routes[i];
            if (pattern.Matches(domain) && (stream.Length == 0 || stream == queue.Stream))
                return ResolveAsync(i, domain, cancellationToken);
        }

        return new(Fail(550, new EnhancedStatus(5, 4, 4), $"no route is configured for {domain}"));
    }

    /// <summary>Resolves the destination of a queue by a named route, whatever its domains are; null for an unknown name.</summary>
    public async ValueTask<RouteDecision?> ResolveByNameAsync(string name, QueueKey queue, CancellationToken cancellationToken) =>
        _byName.TryGetValue(name, out var route) ? await ResolveAsync(route, queue.Domain, cancellationToken) : null;

    private ValueTask<RouteDecision> ResolveAsync(int route, string domain, CancellationToken cancellationToken)
    {
        var (_, _, source, target) = _routes[route];
        return target is null ? ResolveSecurelyAsync(domain, source, cancellationToken) : new(new RouteDecision.Deliver(target, StaticTtl));
    }

    // The policy is in storage before a delivery node asks for it.
    private async ValueTask<RouteDecision> ResolveSecurelyAsync(string domain, string source, CancellationToken cancellationToken)
    {
        var decision = await ResolveMxAsync(domain, source, cancellationToken);
        return decision is RouteDecision.Deliver deliver && FindPolicy is not null
            && await FindPolicy(domain, cancellationToken) is { } policy ? deliver with { Tls = policy } : decision;
    }

    private async ValueTask<RouteDecision> ResolveMxAsync(string domain, string source, CancellationToken cancellationToken)
    {
        if (domain.StartsWith('[')) return ResolveLiteral(domain, source);
        if (_own.IsLocalName(domain)) return Loop(domain, [domain]);
        var mx = await _dns.FindMxAsync(domain, cancellationToken);
        if (mx.Status == DnsStatus.NameNotFound) return Fail(550, new EnhancedStatus(5, 1, 2), $"the domain {domain} does not exist");
        if (mx.Status == DnsStatus.Failed) return Defer($"the MX records of {domain} cannot be looked up: {mx.Problem}");
        if (mx.Hosts.Count == 0) return await ResolveImplicitAsync(domain, source, mx.Ttl, cancellationToken);
        if (mx.Hosts.All(host => host.Name.Length == 0))
            return Fail(556, new EnhancedStatus(5, 1, 10), $"the domain {domain} accepts no mail (null MX)");
        // RFC 5321 section 5.1: where MX records exist but none is usable, the domain's own address must not be used instead.
        TargetHost[] hosts = [.. mx.Hosts.Where(host => IsHostName(host.Name))];
        return hosts.Length > 0 ? await ChooseAsync(domain, source, hosts, mx.Ttl, cancellationToken)
            : Fail(550, new EnhancedStatus(5, 4, 4), $"the MX records of {domain} name no host");
    }

    // Without MX records the domain is its own mail host if it has an address.
    private async ValueTask<RouteDecision> ResolveImplicitAsync(
        string domain, string source, TimeSpan ttl, CancellationToken cancellationToken)
    {
        var addresses = await _dns.FindAddressesAsync(domain, cancellationToken);
        if (addresses.Status == DnsStatus.Failed) return Defer($"the address of {domain} cannot be looked up: {addresses.Problem}");
        if (addresses.Addresses.Count == 0)
            return Fail(550, new EnhancedStatus(5, 1, 2), $"the domain {domain} has neither MX nor address");
        return await ChooseAsync(domain, source, [new TargetHost(0, domain)], ttl < addresses.Ttl ? ttl : addresses.Ttl, cancellationToken);
    }

    private async ValueTask<RouteDecision> ChooseAsync(
        string domain, string source, IReadOnlyList<TargetHost> hosts, TimeSpan ttl, CancellationToken cancellationToken)
    {
        // RFC 5321 section 5.1: an MX host relays only to hosts that are preferred over itself. If it is the most preferred host, mail
        // would loop.
        var own = hosts.Where(host => _own.IsOwnName(host.Name) || _own.IsLocalName(host.Name)).Select(host => (int?)host.Preference).Min();
        // Equal preferences are ordered by name, so the selected hosts do not depend on the order of an answer; each connection
        // shuffles equal hosts.
        var usable = hosts.Where(host => own is null || host.Preference < own)
            .GroupBy(host => host.Name, (name, same) => new TargetHost(same.Min(host => host.Preference), name))
            .OrderBy(host => host.Preference).ThenBy(host => host.Name, StringComparer.Ordinal).Take(MaxHosts).ToList();
        if (usable.Count == 0) return Loop(domain, hosts.Select(host => host.Name));
        return await CheckAddressesAsync(domain, usable, cancellationToken)
            ?? new RouteDecision.Deliver(new DeliveryTarget(SiteNames.For(usable, _port, source), TargetKind.Mx, usable, _port), ttl);
    }

    // Null if mail can be sent: a host has an address, or DNS fails temporarily. If no host has an address the message is returned at once,
    // as Postfix does: waiting for days would not correct a misspelt host name. A host at the address of a node is this cluster whatever
    // its name is, and hosts of equal or worse preference would send the mail back. Only the hosts of one preference are queried, which is
    // one host for most domains, and the connection needs the same answers.
    private async ValueTask<RouteDecision?> CheckAddressesAsync(string domain, List<TargetHost> hosts, CancellationToken cancellationToken)
    {
        var isOwn = false;
        foreach (var equal in hosts.GroupBy(host => host.Preference))
        {
            var isUsable = false;
            foreach (var host in equal)
            {
                var answer = await _dns.FindAddressesAsync(host.Name, cancellationToken);
                if (answer.Status == DnsStatus.Failed) return null;
                if (answer.Addresses.Any(address => _own.IsClusterListener(address, _port)))
                    return Loop(domain, hosts.Select(each => each.Name));
                isUsable |= answer.Addresses.Any(address => !_own.IsOwnAddress(address, _port));
                isOwn |= answer.Addresses.Count > 0;
            }

            if (isUsable) return null;
        }

        var names = hosts.Select(host => host.Name);
        return isOwn ? Loop(domain, names)
            : Fail(550, new EnhancedStatus(5, 4, 4), $"no mail host of {domain} has an address: {string.Join(", ", names)}");
    }

    private static RouteDecision.Fail Loop(string domain, IEnumerable<string> hosts) => Fail(
        554, new EnhancedStatus(5, 4, 6),
        $"mail for {domain} loops back to this mail system: its mail hosts are {string.Join(", ", hosts.Distinct())}");

    // An MX that names an address is a common mistake and is skipped, as by Postfix. Strings that are no host name are skipped too, since a
    // stranger chooses them.
    private static bool IsHostName(string name) =>
        DomainName.TryParse(name, out var domain) && domain.Value == name && !IPAddress.TryParse(name, out _);

    private RouteDecision ResolveLiteral(string literal, string source)
    {
        if (!DomainName.TryParse(literal, out var domain) || !domain.TryGetAddress(out var address))
            return Fail(550, new EnhancedStatus(5, 1, 2), $"{literal} is not a valid address literal");
        if (_own.IsOwnAddress(address, _port)) return Loop(literal, [literal]);
        TargetHost[] hosts = [new TargetHost(0, address.ToString())];
        return new RouteDecision.Deliver(new DeliveryTarget(SiteNames.For(hosts, _port, source), TargetKind.Mx, hosts, _port), StaticTtl);
    }

    // Null denotes a lookup in DNS.
    private static DeliveryTarget? TargetOf(RouteOptions route, string source)
    {
        var target = route.To;
        if (target.Kind == TargetKind.Mx) return null;
        if (target.Kind != TargetKind.Smarthost) return new DeliveryTarget(SiteNames.For(target.Kind), target.Kind, [], 0);
        TargetHost[] hosts = [new TargetHost(0, target.Host)];
        return new DeliveryTarget(SiteNames.For(hosts, target.Port, source), TargetKind.Smarthost, hosts, target.Port);
    }

    private static RouteDecision.Fail Fail(int code, EnhancedStatus status, string text) => new(new SmtpReply(code, status, text));

    private static RouteDecision.Defer Defer(string text) => new(new SmtpReply(451, new EnhancedStatus(4, 4, 3), text));
}
