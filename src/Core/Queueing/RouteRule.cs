using Postfleet.Core.Mail;

namespace Postfleet.Core.Queueing;

/// <summary>
/// The part of a route visible to other modules: its domains and the kind of its target. The first matching route applies.
/// </summary>
/// <param name="Domain">The domains of the route.</param>
/// <param name="Kind">The kind of its target.</param>
public readonly record struct RouteRule(DomainPattern Domain, TargetKind Kind)
{
    /// <summary>Whether mail of strangers is passed on to the host before it is accepted.</summary>
    public ProxyMode Proxy { get; init; }

    /// <summary>The kind of the first matching route; null for none.</summary>
    /// <param name="routes">The routes, in order of precedence.</param>
    /// <param name="domain">The domain of a recipient.</param>
    public static TargetKind? KindOf(IReadOnlyList<RouteRule> routes, string domain)
    {
        // An enumerator of the interface would be an allocation for each recipient.
        for (var i = 0; i < routes.Count; i++) if (routes[i].Domain.Matches(domain)) return routes[i].Kind;
        return null;
    }

    /// <summary>Whether the configuration rejects all mail to a domain: its route rejects mail, or there is no route.</summary>
    /// <inheritdoc cref="KindOf"/>
    public static bool Rejects(IReadOnlyList<RouteRule> routes, string domain) => KindOf(routes, domain) is null or TargetKind.Reject;
}
