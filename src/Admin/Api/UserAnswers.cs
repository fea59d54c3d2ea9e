namespace Postfleet.Admin.Api;

/// <summary>A user who sends with a password. No secret is shown.</summary>
/// <param name="Name">The name.</param>
/// <param name="Disabled">Whether the user may neither log in nor send.</param>
/// <param name="HasPassword">Whether the user has a password, beside application passwords.</param>
/// <param name="ScramSha1">Whether SCRAM-SHA-1 is for this user.</param>
/// <param name="CramMd5">Whether CRAM-MD5 is for this user.</param>
/// <param name="Addresses">The addresses that the user may send from; empty for the name of the user.</param>
/// <param name="Streams">The streams that the user may send in, the first is the default; empty for the stream of the listener.</param>
/// <param name="MaxRate">The most recipients in a time; null for any.</param>
/// <param name="MaxRecipients">The most recipients in a day; null for any.</param>
/// <param name="MaxNewRecipients">The most recipients in a day to whom the user has never sent before; null for any.</param>
/// <param name="AppPasswords">The application passwords.</param>
/// <param name="Used">How much of the limits of a day is used today; in the answers about a single user.</param>
/// <param name="Change">
/// The number of the last change of this user, which grows over all users. In quotes it is the ETag of the user.
/// </param>
/// <param name="ChangedAt">When the user was last changed.</param>
public sealed record UserView(
    string Name,
    bool Disabled,
    bool HasPassword,
    bool ScramSha1,
    bool CramMd5,
    IReadOnlyList<string> Addresses,
    IReadOnlyList<string> Streams,
    string? MaxRate,
    string? MaxRecipients,
    string? MaxNewRecipients,
    IReadOnlyList<AppPasswordView> AppPasswords,
    UserUse? Used,
    long Change,
    DateTimeOffset ChangedAt);

/// <summary>
/// The recipients that count today, a day of UTC, with those which nodes have taken ahead: unused ones are returned after some seconds.
/// </summary>
/// <param name="Recipients">The recipients; 0 without a limit.</param>
/// <param name="NewRecipients">The recipients to whom the user had never sent before; 0 without a limit.</param>
public sealed record UserUse(long Recipients, long NewRecipients);

/// <summary>An application password, which is not shown.</summary>
/// <param name="Name">The name.</param>
/// <param name="Expires">From when it is refused; null for never.</param>
public sealed record AppPasswordView(string Name, DateTimeOffset? Expires);

/// <summary>A page of the users, in the order of their names.</summary>
/// <param name="Users">The users of the page.</param>
/// <param name="Cursor">Continues the list where the page ends; null at its end.</param>
/// <param name="IsComplete">Whether the list is complete: always, since the storage answers or the request fails.</param>
/// <param name="Unanswered">No node.</param>
public sealed record UserList(IReadOnlyList<UserView> Users, string? Cursor, bool IsComplete, IReadOnlyList<string> Unanswered);

/// <summary>The answer to the deletion of a user.</summary>
/// <param name="Name">The name of the deleted user.</param>
public sealed record UserDeletion(string Name);

/// <summary>A new application password. It is shown in this answer alone.</summary>
/// <param name="User">The name of the user.</param>
/// <param name="Name">The name of the application password.</param>
/// <param name="Password">The password.</param>
/// <param name="Expires">From when it is refused; null for never.</param>
public sealed record NewAppPassword(string User, string Name, string Password, DateTimeOffset? Expires)
{
    /// <summary>Shows no secret.</summary>
    public override string ToString() => $"application password {Name} of {User}";
}
