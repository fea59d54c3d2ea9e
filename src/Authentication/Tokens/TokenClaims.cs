using System.Text.Json;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Tokens;

/// <summary>The claims of a token whose signature is right.</summary>
internal static class TokenClaims
{
    // In the year 5138: far from the end of DateTimeOffset, so that sums with a clock skew are valid.
    private const long MaxTime = 100_000_000_000;

    /// <summary>
    /// Whether the token may be used now: not expired (<c>exp</c>, which is needed), not too early (<c>nbf</c>), and not issued in the
    /// future (<c>iat</c>).
    /// </summary>
    public static bool IsWithinLifetime(JsonElement claims, TimeSpan skew, DateTimeOffset now)
    {
        if (!TryReadTime(claims, "exp", out var expires) || expires is null || now >= expires + skew) return false;
        if (!TryReadTime(claims, "nbf", out var notBefore) || notBefore - skew > now) return false;
        return TryReadTime(claims, "iat", out var issued) && !(issued - skew > now);
    }

    /// <summary>Whether the token has all scopes: words in <c>scope</c> (RFC 8693), or words or a list in <c>scp</c>.</summary>
    public static bool HasScopes(JsonElement claims, IReadOnlyList<string> required)
    {
        if (required.Count == 0) return true;
        var scopes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in (string[])["scope", "scp"])
        {
            if (!claims.TryGetProperty(name, out var value)) continue;
            if (value.ValueKind == JsonValueKind.String) scopes.UnionWith(value.GetString()!.Split(' '));
            if (value.ValueKind != JsonValueKind.Array) continue;
            scopes.UnionWith(
                value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!));
        }

        return required.All(scopes.Contains);
    }

    /// <summary>
    /// The normalised name in a claim; null for none. An e-mail address that the provider marks as not verified is not taken: its user may
    /// have entered the address of somebody else.
    /// </summary>
    public static string? UserOf(JsonElement claims, string claim)
    {
        if (!claims.TryGetProperty(claim, out var value) || value.ValueKind != JsonValueKind.String) return null;
        if (claim == "email" && claims.TryGetProperty("email_verified", out var verified)
            && verified.ValueKind != JsonValueKind.True && !(verified.ValueKind == JsonValueKind.String && verified.GetString() == "true"))
            return null;
        return UserName.TryNormalize(value.GetString(), out var name) ? name : null;
    }

    // False for a value that is no time; true with null for none.
    private static bool TryReadTime(JsonElement claims, string claim, out DateTimeOffset? time)
    {
        time = null;
        if (!claims.TryGetProperty(claim, out var value)) return true;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var seconds) || seconds is < 0 or > MaxTime) return false;
        time = DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000));
        return true;
    }
}
