using Postfleet.Contracts.Queueing;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Security;

/// <summary>
/// The TLS that a domain demands of the connections on which its mail leaves. It belongs to the domain; the connections belong to the site,
/// which several domains share. Immutable.
/// </summary>
/// <param name="Domain">The domain.</param>
/// <param name="Policy">Its policy, of mode testing or enforce.</param>
/// <param name="ExpiresAt">The end of the policy.</param>
internal sealed record DomainPolicy(string Domain, StsPolicy Policy, DateTimeOffset ExpiresAt)
{
    /// <summary>Whether mail waits rather than being sent against the policy.</summary>
    public bool IsEnforced => Policy.Mode == StsMode.Enforce;

    /// <summary>The mode as a word.</summary>
    public string Mode => StsPolicy.WordOf(Policy.Mode);

    /// <summary>Whether the policy names a host.</summary>
    public bool Allows(string host) => Policy.Allows(host);

    /// <summary>Why a connection does not meet the policy; null if it does (RFC 8461 sections 4.1 and 4.2).</summary>
    /// <param name="host">The name of the host in the MX record; null where mail leaves over no network.</param>
    /// <param name="tls">The TLS of the connection; null for none.</param>
    public string? FindFault(string? host, TlsFacts? tls) =>
        host is null || !Allows(host) ? $"the host {host} is not in the policy"
            : tls is null ? $"the connection to {host} has no TLS"
            : tls.IsVerified ? null : $"the certificate of {host} does not match its name or is not from a trusted authority";

    /// <summary>The policy for other rooms.</summary>
    public PublishedPolicy Describe() => new("mta-sts", Mode, Policy.Patterns, ExpiresAt);
}

/// <summary>The policies of domains about TLS. Thread-safe.</summary>
internal interface IDomainPolicies
{
    /// <summary>Whether any policy is looked for; false costs nothing.</summary>
    bool IsOn { get; }

    /// <summary>
    /// Brings the policy of a domain up to date, which may take seconds, and stores it for all nodes. Called when the route of its queue is
    /// resolved. Faults of the domain's servers never throw.
    /// </summary>
    /// <returns>The policy in force; null for none.</returns>
    ValueTask<DomainPolicy?> PrepareAsync(string domain, CancellationToken cancellationToken);

    /// <summary>Finds the policy in force, in memory or in storage; null for none.</summary>
    /// <exception cref="Postfleet.Spool.Common.SpoolUnavailableException">The storage does not answer.</exception>
    ValueTask<DomainPolicy?> FindAsync(string domain, CancellationToken cancellationToken);
}
