using Postfleet.Contracts.Queueing;

namespace Postfleet.Delivery.Security;

/// <summary>
/// The policies of domains of all kinds: TLSA records of mail hosts, and MTA-STS for hosts without them (RFC 8461 section 2). Thread-safe;
/// one instance serves the node.
/// </summary>
/// <param name="sts">MTA-STS.</param>
/// <param name="dane">The TLSA records.</param>
internal sealed class DomainPolicies(StsPolicies sts, DaneLookup dane) : IDomainPolicies
{
    /// <inheritdoc/>
    public bool IsOn => sts.IsOn || dane.IsOn;

    /// <inheritdoc/>
    public void Begin() => dane.Begin();

    /// <inheritdoc/>
    public async ValueTask<PublishedPolicy?> PrepareAsync(string domain, CancellationToken cancellationToken)
    {
        var policy = await sts.PrepareAsync(domain, cancellationToken);
        return await dane.DescribeAsync(domain, cancellationToken) ?? policy?.Describe();
    }

    /// <inheritdoc/>
    public async ValueTask<DomainPolicy?> FindAsync(string domain, CancellationToken cancellationToken)
    {
        var policy = await sts.FindAsync(domain, cancellationToken);
        return await dane.FindAsync(domain, cancellationToken) is not { } signed ? policy
            : (policy ?? new DomainPolicy(domain, null, DateTimeOffset.MaxValue)) with
            {
                Dane = (host, cancellation) => dane.FindAsync(signed, host, cancellation),
            };
    }
}
