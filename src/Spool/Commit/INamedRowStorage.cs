using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>A table of rows by name in an engine, for <see cref="INamedRows"/>; exceptions are the engine's own.</summary>
internal interface INamedRowStorage
{
    /// <inheritdoc cref="INamedRows.FindAsync"/>
    ValueTask<NamedRow?> FindAsync(string name, CancellationToken cancellationToken);

    /// <inheritdoc cref="INamedRows.ListAsync"/>
    ValueTask<IReadOnlyList<NamedRow>> ListAsync(string after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="INamedRows.ReadChangesAsync"/>
    ValueTask<NamedChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="INamedRows.WriteAsync"/>
    ValueTask<long?> WriteAsync(string name, string? data, long? expected, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Deletes what is left of rows that were deleted before a time.</summary>
    ValueTask SweepAsync(DateTimeOffset deletedBefore, CancellationToken cancellationToken);
}
