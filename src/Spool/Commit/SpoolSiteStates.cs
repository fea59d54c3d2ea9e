using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// What destinations have learned, on either engine. Rows are written on steps alone, so each change has its own transaction beside the
/// group commit. <see cref="GroupCommitSpool"/> makes it; it is called on the threads of its callers.
/// </summary>
internal sealed class SpoolSiteStates(IStorage storage) : ISiteStateStore
{
    /// <inheritdoc/>
    public async ValueTask SaveAsync(IReadOnlyList<SiteState> rows, IReadOnlyList<SiteState> removed, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Max(rows.Count, removed.Count), ISiteStateStore.MaxBatch);
        await StorageQueries.RunAsync(async () =>
        {
            await storage.SiteStates.SaveAsync(rows, removed, cancellationToken);
            return true;
        });
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SiteState>> ReadAsync(
        IReadOnlyList<DestinationId> destinations, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.SiteStates.ReadAsync(destinations, cancellationToken));
}
