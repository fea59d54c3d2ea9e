using Postfleet.Configuration;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Options;
using Postfleet.Node.Options;

namespace Postfleet.Node.Configuration;

/// <summary>Checks settings with mail addresses or domains against the routes, because mail without a route is refused or lost.</summary>
internal sealed class RouteChecks
{
    private const string AllowedAddress = "allowed: an address at a domain that a route takes";

    private readonly RouteRule[] _routes;
    private readonly PostfleetOptions _options;

    private RouteChecks(PostfleetOptions options) =>
        (_options, _routes) = (options, [.. options.Routes.Select(route => route.ToRule())]);

    /// <summary>An error line for each address and domain without a route.</summary>
    public static IEnumerable<string> Check(PostfleetOptions options)
    {
        var checks = new RouteChecks(options);
        return [.. checks.Addresses().SelectMany(address => checks.CheckAddress(address.Key, address.Value)), .. checks.CheckDomains()];
    }

    /// <summary>
    /// A warning line for each address at the node's own name whose route is <c>mx</c>, and for each inbound domain whose postmaster gets
    /// no mail.
    /// </summary>
    public static IEnumerable<string> Warn(PostfleetOptions options, CheckSurroundings surroundings)
    {
        var checks = new RouteChecks(options);
        return
        [
            .. checks.Addresses().SelectMany(address => checks.WarnOfOwnName(address.Key, address.Value)),
            .. checks.WarnOfPostmasters(surroundings),
            .. checks.WarnOfProxies(),
        ];
    }

    private IEnumerable<(string Key, Mailbox Value)> Addresses() =>
    [
        .. _options.Relay.Postmaster is { } postmaster ? [("Relay:Postmaster", postmaster)] : Array.Empty<(string, Mailbox)>(),
        .. _options.Notifications.Copies.Index().Select(copy => ($"Notifications:Copies:{copy.Index}", copy.Item)),
    ];

    private IEnumerable<string> CheckAddress(string key, Mailbox value)
    {
        var domain = value.Domain.Value;
        var index = IndexOf(domain);
        if (index < 0) yield return $"{key} is '{value}', and no route takes mail for {domain}; {AllowedAddress}";
        else if (_routes[index].Kind == TargetKind.Reject)
            yield return $"{key} is '{value}', and Routes:{index}:To is 'reject' for {domain}; {AllowedAddress}";
    }

    // A route to reject counts as a route: operators disable single domains by it.
    private IEnumerable<string> CheckDomains()
    {
        foreach (var (index, domain) in _options.Relay.Domains.Index())
        {
            if (!_routes.Any(route => route.Domain.Overlaps(domain)))
                yield return $"Relay:Domains:{index} is '{domain}', and no route takes mail for it; allowed: a domain that a route takes";
        }
    }

    private IEnumerable<string> WarnOfOwnName(string key, Mailbox value)
    {
        var (own, domain) = (_options.Node.Hostname, value.Domain.Value);
        if (domain.Equals(own, StringComparison.OrdinalIgnoreCase)
            && IndexOf(domain) is >= 0 and var index && _routes[index].Kind == TargetKind.Mx)
        {
            yield return $"{key} is '{value}', and Routes:{index}:To is 'mx' for {domain}, which is Node:Hostname: " +
                "the mail host of this name is most likely this node, so that the mail is never delivered; " +
                "give the name a route of its own";
        }
    }

    // RFC 5321 section 4.5.1 wants the postmaster of each domain to be reached. A domain of aliases alone needs no route otherwise.
    private IEnumerable<string> WarnOfPostmasters(CheckSurroundings surroundings)
    {
        if (_options.Relay.Postmaster is not null || IsRoutedElsewhere(_options.Node.Hostname)) yield break;
        foreach (var (index, domain) in PostmasterTargets.Missing(_options.Inbound, surroundings)
            .Where(missing => RouteRule.Rejects(_routes, missing.Domain.Value)))
        {
            yield return $"Inbound:Domains:{index} is '{_options.Inbound.Domains[index]}', no route takes mail for {domain.Value}, and " +
                "Inbound:Recipients has no entry for its postmaster: mail to the postmaster is refused; " +
                "name an entry, or set Relay:Postmaster";
        }
    }

    private IEnumerable<string> WarnOfProxies()
    {
        if (_options.Listeners.Any(listener => listener.Service == ListenerOptions.Inbound)) yield break;
        foreach (var (index, route) in _options.Routes.Index().Where(route => route.Item.Proxy != ProxyMode.None))
        {
            yield return $"Routes:{index}:Proxy is '{TextForms.Write(route.Proxy)}', and no listener has the service 'inbound': " +
                "no mail is passed on";
        }
    }

    private bool IsRoutedElsewhere(string domain) => IndexOf(domain) is >= 0 and var index
        && _routes[index].Kind is not (TargetKind.Mx or TargetKind.Reject);

    private int IndexOf(string domain) => Array.FindIndex(_routes, route => route.Takes(domain));
}
