using Postfleet.Core.Suppression;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// The suppression list on either engine. Each batch of changes has its own transaction beside the group commit.
/// <see cref="GroupCommitSpool"/> makes it; it is called on the threads of its callers.
/// </summary>
internal sealed class SpoolSuppressions(IStorage storage) : ISuppressionStore
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SuppressionRow>> FindAsync(
        IReadOnlyList<SuppressionKey> keys, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.Suppressions.FindAsync(keys, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SuppressionRow>> ListAsync(SuppressionKey after, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.Suppressions.ListAsync(after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<SuppressionChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.Suppressions.ReadChangesAsync(after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SuppressionEffect>> WriteAsync(
        IReadOnlyList<SuppressionWrite> writes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(writes.Count, ISuppressionStore.MaxBatch);
        return StorageQueries.RunAsync(() => storage.Suppressions.WriteAsync(writes, now, cancellationToken));
    }
}
