namespace Postfleet.Spool.Common;

/// <summary>
/// The rows of the users who send with a password. The data of a user are opaque here, and secret. Every change has a number, which grows
/// over all users in the order of the commits: a reader that has seen a number misses no change before it. Thread-safe.
/// </summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails; the caller tries again later.</remarks>
public interface IUserStore
{
    /// <summary>Finds a user; null for none.</summary>
    ValueTask<UserRow?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Lists users in the order of the octets of their names.</summary>
    /// <param name="after">Only users behind this name; empty for the first.</param>
    /// <param name="limit">The maximum number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<UserRow>> ListAsync(string after, int limit, CancellationToken cancellationToken);

    /// <summary>Reads the changed users after a change, those of deleted users too, for a day at least.</summary>
    /// <param name="after">The number of the last change that the caller has seen.</param>
    /// <param name="limit">The maximum number of users.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<UserChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken);

    /// <summary>Creates, replaces or deletes a user. The change is durable when the method returns.</summary>
    /// <param name="name">The name.</param>
    /// <param name="data">The data; null to delete the user.</param>
    /// <param name="expected">The change of the user that must be in force; 0 for no user; null for any.</param>
    /// <param name="now">The time of the change.</param>
    /// <param name="cancellationToken">Ends the wait; the change may be durable all the same.</param>
    /// <returns>The number of the change; null if <paramref name="expected"/> is not in force or there is no user to delete.</returns>
    ValueTask<long?> WriteAsync(string name, string? data, long? expected, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>The row of a user.</summary>
/// <param name="Name">The name.</param>
/// <param name="Data">The data, which are secret.</param>
/// <param name="Change">The number of the last change of the user.</param>
/// <param name="ChangedAt">When the user was last changed.</param>
public sealed record UserRow(string Name, string Data, long Change, DateTimeOffset ChangedAt)
{
    /// <summary>Shows no data.</summary>
    public override string ToString() => $"{Name}, change {Change}";
}

/// <summary>The number of the last change of a user.</summary>
/// <param name="Name">The name of the user.</param>
/// <param name="Change">The number.</param>
public sealed record UserChange(string Name, long Change);

/// <summary>Changes of users.</summary>
/// <param name="Last">The number of the last change of any user; 0 before the first.</param>
/// <param name="Epoch">Increases when the storage has lost changes; numbers may then be used again.</param>
/// <param name="Users">The changed users, in the order of the changes.</param>
public sealed record UserChanges(long Last, long Epoch, IReadOnlyList<UserChange> Users)
{
    /// <summary>A random text that the storage keeps, the same for all nodes: the key for salts of unknown users. A secret.</summary>
    public string Salt { get; init; } = "";

    /// <summary>Shows no secret.</summary>
    public override string ToString() => $"{Users.Count} changes up to {Last}";
}
