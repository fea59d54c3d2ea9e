using Postfleet.Core.Users;

namespace Postfleet.Contracts.Users;

/// <summary>
/// The users who may send with a password, for the listeners of this node. The users in storage (module Operations) and the users in a file
/// (module Frontend) implement it. Thread-safe.
/// </summary>
public interface IUserDirectory
{
    /// <summary>Finds a user.</summary>
    /// <param name="name">The normalised name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The user, also if disabled; null for none.</returns>
    /// <exception cref="UsersUnavailableException">The users cannot be read at present.</exception>
    ValueTask<MailUser?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// A number of this node that grows with every change of any user that the node learns of, within a second of the change, and when the
    /// users that it has read may not be in force any more. A session reads it before it asks for its user, and asks again before the next
    /// message when it has grown.
    /// </summary>
    long Version { get; }

    /// <summary>
    /// The key for the salts that unknown users appear with, the same on all nodes: with different salts, clients could tell unknown users
    /// from known ones. A secret. Empty while it is not known.
    /// </summary>
    ReadOnlyMemory<byte> SaltKey { get; }
}

/// <summary>The users cannot be read at present; the client may try again.</summary>
public sealed class UsersUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public UsersUnavailableException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The reason, for the log.</param>
    public UsersUnavailableException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The reason, for the log.</param>
    /// <param name="innerException">The cause.</param>
    public UsersUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
