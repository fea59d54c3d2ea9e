using Postfleet.Core.Users;

namespace Postfleet.Contracts.Users;

/// <summary>
/// The users in storage, for the API. Implemented by the module Operations. A change is durable when its method returns, and holds on all
/// nodes within a second. Thread-safe.
/// </summary>
/// <remarks>Methods throw <see cref="UsersUnavailableException"/> while the storage cannot be used.</remarks>
public interface IUsers
{
    /// <summary>Finds a user; null for none.</summary>
    Task<StoredUser?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Lists users in the order of their names.</summary>
    /// <param name="after">Only users behind this name; empty for the first.</param>
    /// <param name="limit">The maximum number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<StoredUser>> ListAsync(string after, int limit, CancellationToken cancellationToken);

    /// <summary>Creates or replaces a user.</summary>
    /// <param name="user">The user.</param>
    /// <param name="expected">The <see cref="StoredUser.Change"/> that must be in force; 0 for no user of this name; null for any.</param>
    /// <param name="cancellationToken">Ends the wait; the change may be durable all the same.</param>
    /// <returns>The stored user; null if another change came first.</returns>
    Task<StoredUser?> PutAsync(MailUser user, long? expected, CancellationToken cancellationToken);

    /// <summary>Deletes a user.</summary>
    /// <returns>Whether there was one.</returns>
    Task<bool> DeleteAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A user in storage.</summary>
/// <param name="User">The user.</param>
/// <param name="Change">The number of the last change of this user; it grows over all users.</param>
/// <param name="ChangedAt">When the user was last changed.</param>
public sealed record StoredUser(MailUser User, long Change, DateTimeOffset ChangedAt);
