using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Queueing;

/// <summary>The route of a queue.</summary>
public abstract record RouteDecision
{
    private RouteDecision()
    {
    }

    /// <summary>The operator's move that chose the route; null if the queue uses its own route.</summary>
    public Redirection? Redirection { get; init; }

    /// <summary>To a destination.</summary>
    /// <param name="Target">The destination.</param>
    /// <param name="ValidFor">How long the answer may be kept (the DNS answer's TTL within bounds).</param>
    public sealed record Deliver(DeliveryTarget Target, TimeSpan ValidFor) : RouteDecision
    {
        /// <summary>The policy of the domain about the TLS of its mail hosts; null for none.</summary>
        public PublishedPolicy? Tls { get; init; }
    }

    /// <summary>Unknown at present, for example while the DNS does not answer: to be resolved again later.</summary>
    /// <param name="Reply">The reason, as a reply of class 4.</param>
    public sealed record Defer(SmtpReply Reply) : RouteDecision;

    /// <summary>No destination, permanently: the domain does not exist, or accepts no mail (RFC 7505).</summary>
    /// <param name="Reply">The reason, as a reply of class 5.</param>
    public sealed record Fail(SmtpReply Reply) : RouteDecision;
}

/// <summary>A policy about the TLS of mail hosts, as its domain has published it.</summary>
/// <param name="Source">The standard: <c>mta-sts</c> (RFC 8461) or <c>dane</c> (RFC 7672).</param>
/// <param name="Mode">
/// enforce or testing; for DANE, enforce, encrypt (no record can be used) or unknown (records cannot be looked up).
/// </param>
/// <param name="Hosts">The patterns of mail hosts; for DANE, the hosts with records.</param>
/// <param name="ExpiresAt">The end of the policy, unless it is renewed.</param>
public sealed record PublishedPolicy(string Source, string Mode, IReadOnlyList<string> Hosts, DateTimeOffset ExpiresAt);

/// <summary>
/// Resolves the route of a queue: an operator's move to a route first, then the configured routes, then the DNS. Never throws for an answer
/// of the DNS.
/// </summary>
public interface IRouteResolver
{
    /// <summary>Resolves the route of a queue, from a cache if possible.</summary>
    ValueTask<RouteDecision> ResolveAsync(QueueKey queue, CancellationToken cancellationToken);
}
