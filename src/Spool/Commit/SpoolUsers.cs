using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// The users on either engine. Changes are rare, so each has its own transaction beside the group commit. <see cref="GroupCommitSpool"/>
/// makes it; it is called on the threads of its callers.
/// </summary>
internal sealed class SpoolUsers(IStorage storage) : IUserStore
{
    /// <inheritdoc/>
    public ValueTask<UserRow?> FindAsync(string name, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.Users.FindAsync(name, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<UserRow>> ListAsync(string after, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.Users.ListAsync(after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<UserChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.Users.ReadChangesAsync(after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<long?> WriteAsync(
        string name, string? data, long? expected, DateTimeOffset now, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.Users.WriteAsync(name, data, expected, now, cancellationToken));
}
