using Postfleet.Core.Mail;

namespace Postfleet.Core.Queueing;

/// <summary>
/// A route as those see it who only ask whether mail for a domain is taken, and how it leaves. Of several the first match wins.
/// </summary>
/// <param name="Domain">For which domains it is.</param>
/// <param name="Kind">How their mail leaves.</param>
public readonly record struct RouteRule(DomainPattern Domain, TargetKind Kind);
