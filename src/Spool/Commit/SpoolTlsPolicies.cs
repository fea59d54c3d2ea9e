using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// The fetched policies of domains on either engine. Changes are rare, so each has its own transaction beside the group commit.
/// <see cref="GroupCommitSpool"/> makes it; it is called on the threads of its callers.
/// </summary>
internal sealed class SpoolTlsPolicies(IStorage storage) : ITlsPolicyStore
{
    /// <inheritdoc/>
    public ValueTask<StoredTlsPolicy?> FindAsync(string domain, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.TlsPolicies.FindAsync(domain, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> TryClaimAsync(
        string domain, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.TlsPolicies.TryClaimAsync(domain, now, until, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask SaveAsync(StoredTlsPolicy policy, CancellationToken cancellationToken)
    {
        if (policy.Text.Length > ITlsPolicyStore.MaxText) throw new ArgumentException("the text of the policy is too long", nameof(policy));
        await StorageQueries.RunAsync(() => storage.TlsPolicies.SaveAsync(policy, cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask PostponeAsync(string domain, DateTimeOffset nextTry, CancellationToken cancellationToken) =>
        await StorageQueries.RunAsync(() => storage.TlsPolicies.PostponeAsync(domain, nextTry, cancellationToken));
}
