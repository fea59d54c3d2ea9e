using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>The counts for reports in an engine, for <see cref="IReportCountStore"/>; exceptions are the engine's own.</summary>
internal interface IReportCountStorage
{
    /// <inheritdoc cref="IReportCountStore.AddAsync"/>
    Task AddAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken);

    /// <inheritdoc cref="IReportCountStore.ListAsync"/>
    ValueTask<IReadOnlyList<ReportCountKey>> ListAsync(
        ReportCountKind kind, DateOnly before, ReportCountKey? after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="IReportCountStore.ReadAsync"/>
    ValueTask<IReadOnlyList<ReportCount>> ReadAsync(
        ReportCountKind kind, ReportCountKey key, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="IReportCountStore.DeleteAsync"/>
    Task DeleteAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken);
}
