using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>The users in an engine, for <see cref="IUserStore"/>; exceptions are the engine's own.</summary>
internal interface IUserStorage
{
    /// <inheritdoc cref="IUserStore.FindAsync"/>
    ValueTask<UserRow?> FindAsync(string name, CancellationToken cancellationToken);

    /// <inheritdoc cref="IUserStore.ListAsync"/>
    ValueTask<IReadOnlyList<UserRow>> ListAsync(string after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="IUserStore.ReadChangesAsync"/>
    ValueTask<UserChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="IUserStore.WriteAsync"/>
    ValueTask<long?> WriteAsync(string name, string? data, long? expected, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Deletes the rows of users who were deleted before a time.</summary>
    ValueTask SweepAsync(DateTimeOffset deletedBefore, CancellationToken cancellationToken);
}
