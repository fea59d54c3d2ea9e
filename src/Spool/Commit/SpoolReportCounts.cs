using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// The counts for reports on either engine. They are added once a minute, so each addition has its own transaction beside the group commit.
/// <see cref="GroupCommitSpool"/> makes it; it is called on the threads of its callers.
/// </summary>
internal sealed class SpoolReportCounts(IStorage storage) : IReportCountStore
{
    /// <inheritdoc/>
    public async ValueTask AddAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows.Count, IReportCountStore.MaxBatch);
        if (rows.Count == 0) return;
        await StorageQueries.RunAsync(async () =>
        {
            await storage.ReportCounts.AddAsync(kind, rows, cancellationToken);
            return true;
        });
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReportCountKey>> ListAsync(
        ReportCountKind kind, DateOnly before, ReportCountKey? after, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.ReportCounts.ListAsync(kind, before, after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReportCount>> ReadAsync(
        ReportCountKind kind, ReportCountKey key, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.ReportCounts.ReadAsync(kind, key, limit, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken)
    {
        // A transaction of many rows would keep the nodes waiting that add counts.
        foreach (var piece in rows.Chunk(IReportCountStore.MaxBatch))
        {
            await StorageQueries.RunAsync(async () =>
            {
                await storage.ReportCounts.DeleteAsync(kind, piece, cancellationToken);
                return true;
            });
        }
    }
}
