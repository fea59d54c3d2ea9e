using System.Text;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// The name that a client logs in with: a user, or <c>user/application</c> for the application password of that name, as XMPP addresses a
/// device of an account (RFC 7622). Names of users have no slash.
/// </summary>
/// <param name="User">The normalised name of the user.</param>
/// <param name="Application">The normalised name of the application password; empty if the client names none.</param>
internal readonly record struct SaslName(string User, string Application)
{
    private static readonly UTF8Encoding Strict = new(false, true);

    public static bool TryParse(string text, out SaslName name)
    {
        name = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!UserName.TryNormalize(slash < 0 ? text : text[..slash], out var user)) return false;
        if (slash < 0)
        {
            name = new SaslName(user, "");
            return true;
        }

        if (!UserName.TryNormalize(text[(slash + 1)..], out var application)) return false;
        name = new SaslName(user, application);
        return true;
    }

    /// <summary>Whether an authorization identity is this user; the empty one is, by RFC 4422 section 3.4.1.</summary>
    public bool MayActAs(string authorization) => authorization.Length == 0
        || (TryParse(authorization, out var other) && other.User == User
            && (other.Application.Length == 0 || other.Application == Application));

    /// <summary>Reads UTF-8 text; false for octets that are none, and for a NUL.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> octets, out string text)
    {
        text = "";
        if (!System.Text.Unicode.Utf8.IsValid(octets) || octets.Contains((byte)0)) return false;
        text = Strict.GetString(octets);
        return true;
    }
}
