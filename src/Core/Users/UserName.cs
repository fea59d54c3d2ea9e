using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using ADRaffy.ENSNormalize;

namespace Postfleet.Core.Users;

/// <summary>
/// The rule for names of users: 1 to <see cref="MaxLength"/> characters without spaces, slashes and control characters, in lower case and
/// normalization form C. A client may give a name in any case, as with the mail addresses that often serve as names. It gives
/// <c>user/application</c> to log in with an application password, which is why a name has no slash.
/// </summary>
public static class UserName
{
    /// <summary>The most characters of a name.</summary>
    public const int MaxLength = 128;

    /// <summary>Normalises a name given by a client or an operator.</summary>
    /// <param name="text">The name as given.</param>
    /// <param name="name">The normalised name; null if the name is not valid.</param>
    public static bool TryNormalize(string? text, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength) return false;
        if (!IsAccepted(text)) return false;
        var lower = text.ToLowerInvariant();
        if (!Ascii.IsValid(lower))
        {
            // string.Normalize does nothing under InvariantGlobalization. A few ideographs become surrogates.
            lower = ENSNormalize.NF.NFC(lower);
            if (lower.Length > MaxLength || !IsAccepted(lower)) return false;
        }

        name = lower;
        return true;
    }

    private static bool IsAccepted(string text)
    {
        foreach (var c in text)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c) || c == '/') return false;
            // Invisible characters make two names look the same, and some reverse the rest of a line of the log.
            if (char.GetUnicodeCategory(c) == UnicodeCategory.Format) return false;
        }

        return true;
    }
}
