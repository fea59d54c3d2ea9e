using Postfleet.Core.Suppression;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>The suppression list in an engine, for <see cref="ISuppressionStore"/>; exceptions are the engine's own.</summary>
internal interface ISuppressionStorage
{
    /// <inheritdoc cref="ISuppressionStore.FindAsync"/>
    ValueTask<IReadOnlyList<SuppressionRow>> FindAsync(IReadOnlyList<SuppressionKey> keys, CancellationToken cancellationToken);

    /// <inheritdoc cref="ISuppressionStore.ListAsync"/>
    ValueTask<IReadOnlyList<SuppressionRow>> ListAsync(SuppressionKey after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="ISuppressionStore.ReadChangesAsync"/>
    ValueTask<SuppressionChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="ISuppressionStore.WriteAsync"/>
    ValueTask<IReadOnlyList<SuppressionEffect>> WriteAsync(
        IReadOnlyList<SuppressionWrite> writes, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Deletes rows that have expired.</summary>
    /// <param name="expiredBefore">The time.</param>
    /// <param name="limit">The most rows.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The number of deleted rows.</returns>
    ValueTask<int> SweepAsync(DateTimeOffset expiredBefore, int limit, CancellationToken cancellationToken);
}
