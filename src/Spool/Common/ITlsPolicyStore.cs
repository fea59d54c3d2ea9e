namespace Postfleet.Spool.Common;

/// <summary>The policy that a domain has published for the TLS of its mail hosts (RFC 8461), as it was fetched.</summary>
/// <param name="Domain">The domain, in lower-case A-labels.</param>
/// <param name="Id">The id in the DNS when the policy was fetched; empty if none was fetched.</param>
/// <param name="Text">The policy, at most <see cref="ITlsPolicyStore.MaxText"/> characters; empty if none was fetched.</param>
/// <param name="FetchedAt">The time of the fetch; the beginning of 1970 if none was fetched.</param>
/// <param name="ExpiresAt">The end of the policy; the beginning of 1970 if none was fetched.</param>
/// <param name="NextTry">The earliest time of the next fetch.</param>
public sealed record StoredTlsPolicy(
    string Domain, string Id, string Text, DateTimeOffset FetchedAt, DateTimeOffset ExpiresAt, DateTimeOffset NextTry);

/// <summary>
/// The fetched policies of domains, over all nodes: one node fetches, and all nodes keep the policy. Thread-safe. The methods throw
/// <see cref="SpoolUnavailableException"/> when the storage fails.
/// </summary>
public interface ITlsPolicyStore
{
    /// <summary>The longest text of a policy in characters.</summary>
    const int MaxText = 32 * 1024;

    /// <summary>The most rows after a sweep, which runs once a minute; the domains that were tried least recently go first.</summary>
    const int MaxRows = 100_000;

    /// <summary>Finds the row of a domain; null where there is none.</summary>
    ValueTask<StoredTlsPolicy?> FindAsync(string domain, CancellationToken cancellationToken);

    /// <summary>Claims the next fetch: of several callers at the same time, over all nodes, one succeeds.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="now">The time; the fetch must be due.</param>
    /// <param name="until">The time until which nobody else fetches.</param>
    /// <param name="cancellationToken">Ends the wait; the fetch may be claimed all the same.</param>
    ValueTask<bool> TryClaimAsync(string domain, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>Stores a fetched policy in place of the former one.</summary>
    /// <exception cref="ArgumentException">The text is too long.</exception>
    ValueTask SaveAsync(StoredTlsPolicy policy, CancellationToken cancellationToken);

    /// <summary>Keeps the policy of a domain after a failed fetch, and sets the time of the next.</summary>
    ValueTask PostponeAsync(string domain, DateTimeOffset nextTry, CancellationToken cancellationToken);
}
