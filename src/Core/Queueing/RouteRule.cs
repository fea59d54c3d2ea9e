using Postfleet.Core.Mail;

namespace Postfleet.Core.Queueing;

/// <summary>
/// The part of a route visible to other modules: its domains and the kind of its target. The first matching route applies.
/// </summary>
/// <param name="Domain">The domains of the route.</param>
/// <param name="Kind">The kind of its target.</param>
public readonly record struct RouteRule(DomainPattern Domain, TargetKind Kind);
