using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// A table of rows by name on either engine. Changes are rare, so each has its own transaction beside the group commit.
/// <see cref="GroupCommitSpool"/> makes it; it is called on the threads of its callers.
/// </summary>
/// <param name="rows">The table of the engine.</param>
internal sealed class SpoolNamedRows(Func<INamedRowStorage> rows) : IUserStore, ISigningKeyStore
{
    /// <inheritdoc/>
    public ValueTask<NamedRow?> FindAsync(string name, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => rows().FindAsync(name, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NamedRow>> ListAsync(string after, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => rows().ListAsync(after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<NamedChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => rows().ReadChangesAsync(after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<long?> WriteAsync(
        string name, string? data, long? expected, DateTimeOffset now, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => rows().WriteAsync(name, data, expected, now, cancellationToken));
}
