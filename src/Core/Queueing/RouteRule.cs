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

    /// <summary>The stream of the route's mail; empty for all streams.</summary>
    public string Stream { get; init; } = "";

    /// <summary>Whether the route is for mail of all streams to a domain.</summary>
    public bool Takes(string domain) => string.IsNullOrEmpty(Stream) && Domain.Matches(domain);

    /// <summary>The kind of the first matching route for all streams; null for none.</summary>
    /// <param name="routes">The routes, in order of precedence.</param>
    /// <param name="domain">The domain of a recipient.</param>
    public static TargetKind? KindOf(IReadOnlyList<RouteRule> routes, string domain)
    {
        // An enumerator of the interface would be an allocation for each recipient.
        for (var i = 0; i < routes.Count; i++) if (routes[i].Takes(domain)) return routes[i].Kind;
        return null;
    }

    /// <summary>
    /// Whether the configuration rejects all mail to a domain: its route rejects mail, or there is no route, and no route of a stream
    /// precedes that takes mail for the domain.
    /// </summary>
    /// <inheritdoc cref="KindOf"/>
    public static bool Rejects(IReadOnlyList<RouteRule> routes, string domain)
    {
        for (var i = 0; i < routes.Count; i++)
        {
            if (!routes[i].Domain.Matches(domain)) continue;
            if (routes[i].Kind != TargetKind.Reject) return false;
            if (string.IsNullOrEmpty(routes[i].Stream)) return true;
        }

        return true;
    }
}
