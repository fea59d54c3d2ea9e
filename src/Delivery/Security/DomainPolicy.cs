using Postfleet.Contracts.Queueing;

namespace Postfleet.Delivery.Security;

/// <summary>
/// The TLS that a domain demands of the connections on which its mail leaves. It belongs to the domain; the connections belong to the site,
/// which several domains share. Immutable.
/// </summary>
/// <param name="Domain">The domain.</param>
/// <param name="Policy">Its MTA-STS policy, of mode testing or enforce; null for none.</param>
/// <param name="ExpiresAt">The end of the MTA-STS policy.</param>
internal sealed record DomainPolicy(string Domain, StsPolicy? Policy, DateTimeOffset ExpiresAt)
{
    /// <summary>Finds the TLSA records of a mail host; null where the MX records of the domain are not signed.</summary>
    public Func<string, CancellationToken, ValueTask<DaneHost>>? Dane { get; init; }

    /// <summary>What the domain demands of one mail host.</summary>
    /// <param name="host">The name in the MX record.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<HostPolicy> OfAsync(string host, CancellationToken cancellationToken) =>
        new(Domain, host, Policy, Dane is null ? DaneHost.None : await Dane(host, cancellationToken));

    /// <summary>The MTA-STS policy for other rooms.</summary>
    public PublishedPolicy? Describe() =>
        Policy is null ? null : new("mta-sts", StsPolicy.WordOf(Policy.Mode), Policy.Patterns, ExpiresAt);
}

/// <summary>The policies of domains about TLS. Thread-safe.</summary>
internal interface IDomainPolicies
{
    /// <summary>Whether any policy is looked for; false costs nothing.</summary>
    bool IsOn { get; }

    /// <summary>Called when the node starts. Returns at once.</summary>
    void Begin()
    {
    }

    /// <summary>
    /// Brings the policy of a domain up to date, which may take seconds, and stores it for all nodes. Called when the route of its queue is
    /// resolved. Faults of the domain's servers never throw.
    /// </summary>
    /// <returns>The policy in force; null for none.</returns>
    ValueTask<PublishedPolicy?> PrepareAsync(string domain, CancellationToken cancellationToken);

    /// <summary>Finds the policy in force, in memory, in storage or in the DNS; null for none.</summary>
    /// <exception cref="Postfleet.Spool.Common.SpoolUnavailableException">The storage does not answer.</exception>
    ValueTask<DomainPolicy?> FindAsync(string domain, CancellationToken cancellationToken);
}
