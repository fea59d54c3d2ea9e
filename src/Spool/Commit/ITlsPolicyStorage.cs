using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>The fetched policies of domains in an engine, for <see cref="ITlsPolicyStore"/>; exceptions are the engine's own.</summary>
internal interface ITlsPolicyStorage
{
    /// <summary>How long a row without a valid policy stays after the time of its next fetch.</summary>
    static readonly TimeSpan Rest = TimeSpan.FromDays(1);

    /// <inheritdoc cref="ITlsPolicyStore.FindAsync"/>
    ValueTask<StoredTlsPolicy?> FindAsync(string domain, CancellationToken cancellationToken);

    /// <inheritdoc cref="ITlsPolicyStore.TryClaimAsync"/>
    ValueTask<bool> TryClaimAsync(string domain, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken);

    /// <inheritdoc cref="ITlsPolicyStore.SaveAsync"/>
    ValueTask<bool> SaveAsync(StoredTlsPolicy policy, CancellationToken cancellationToken);

    /// <inheritdoc cref="ITlsPolicyStore.PostponeAsync"/>
    ValueTask<bool> PostponeAsync(string domain, DateTimeOffset nextTry, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes rows whose policy is over, and rows beyond a number, the least recently tried first.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="max">The number of rows to keep.</param>
    /// <param name="limit">The most rows to delete of each sort.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The number of deleted rows of the sort with more of them.</returns>
    ValueTask<int> SweepAsync(DateTimeOffset now, int max, int limit, CancellationToken cancellationToken);
}
