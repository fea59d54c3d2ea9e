using Postfleet.Contracts.Users;
using Postfleet.Core.Users;

namespace Postfleet.Frontend.Authentication;

/// <summary>An authenticated user in a session. Immutable.</summary>
/// <param name="User">The user with its rights.</param>
/// <param name="Users">Where the user was read.</param>
/// <param name="Version">The version of the users (<c>IUserDirectory.Version</c>) before <paramref name="User"/> was read.</param>
/// <param name="Mechanism">The mechanism.</param>
/// <param name="ApplicationPassword">The application password that was used; empty for the user's own.</param>
internal sealed record Login(MailUser User, IUserDirectory Users, long Version, string Mechanism, string ApplicationPassword)
{
    /// <summary>The user's name.</summary>
    public string Name => User.Name;

    /// <summary>Whether a later state of the user has the password that was used.</summary>
    public bool HasSamePassword(MailUser later) => ApplicationPassword.Length == 0 ? later.Scram256 == User.Scram256
        : Find(later) is { } password && password.Scram256 == Find(User)?.Scram256;

    /// <summary>Whether the rights are those of the last known change of the users, and still include the password that was used.</summary>
    /// <param name="users">The users in force.</param>
    /// <param name="now">The time.</param>
    public bool IsCurrent(IUserDirectory users, DateTimeOffset now) =>
        ReferenceEquals(Users, users) && Version == users.Version && IsPermitted(now);

    /// <summary>Whether the rights still include the password that was used.</summary>
    public bool IsPermitted(DateTimeOffset now)
    {
        if (User.IsDisabled) return false;
        if (ApplicationPassword.Length == 0) return true;
        return Find(User) is { } password && (password.Expires is not { } end || end > now);
    }

    private Core.Users.ApplicationPassword? Find(MailUser user)
    {
        foreach (var password in user.ApplicationPasswords) if (password.Name == ApplicationPassword) return password;
        return null;
    }
}
