namespace Postfleet.Authentication.Sasl;

/// <summary>What a client of OAUTHBEARER or XOAUTH2 sends: fields, with Control-A behind each and at the end.</summary>
/// <param name="User">The name in XOAUTH2, the authorization identity in OAUTHBEARER; empty for none.</param>
/// <param name="Host">The host that the client has connected to; empty if not said.</param>
/// <param name="Port">The port that the client has connected to; empty if not said.</param>
/// <param name="Token">The token; empty for none.</param>
internal sealed record BearerMessage(string User, string Host, string Port, string Token)
{
    private const char Separator = '\x01';
    private const string Scheme = "Bearer ";

    /// <summary>Reads a message of OAUTHBEARER (RFC 7628 section 3.1).</summary>
    public static BearerMessage? ParseStandard(string text)
    {
        // A channel binding needs a mechanism whose name ends in -PLUS.
        if (!Gs2Header.TryParse(text, out var header) || header.Flag == 'p') return null;
        var rest = text[header.Length..];
        if (rest.Length < 2 || rest[0] != Separator) return null;
        return Parse(rest[1..], header.Authorization);
    }

    /// <summary>Reads a message of XOAUTH2, as Google and Microsoft document it.</summary>
    public static BearerMessage? ParseGoogle(string text)
    {
        const string Prefix = "user=";
        var end = text.IndexOf(Separator, StringComparison.Ordinal);
        if (end < 0 || !text.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        return Parse(text[(end + 1)..], text[Prefix.Length..end]);
    }

    /// <summary>Shows no token.</summary>
    public override string ToString() => $"{User} at {Host}:{Port}";

    private static BearerMessage? Parse(string text, string user)
    {
        var (host, port, token) = ("", "", "");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        // Each field ends in a separator, and one more ends the message.
        if (!text.EndsWith(Separator)) return null;
        if (text.Length > 1)
        {
            if (text[^2] != Separator) return null;
            foreach (var field in text[..^2].Split(Separator))
            {
                var equals = field.IndexOf('=', StringComparison.Ordinal);
                if (equals < 1 || !IsValue(field.AsSpan(equals + 1))) return null;
                var (key, value) = (field[..equals], field[(equals + 1)..]);
                if (!key.All(char.IsAsciiLetter) || !seen.Add(key)) return null;
                if (key == "host") host = value;
                else if (key == "port") port = value;
                else if (key == "auth" && !TryReadToken(value, out token)) return null;
            }
        }

        return new BearerMessage(user, host, port, token);
    }

    // VCHAR, SP, HTAB, CR, LF.
    private static bool IsValue(ReadOnlySpan<char> value)
    {
        foreach (var c in value) if (c is not ((>= ' ' and <= '~') or '\t' or '\r' or '\n')) return false;
        return true;
    }

    // An empty field asks for the discovery document (RFC 7628 section 4.3). The token has the letters of RFC 6750 section 2.1.
    private static bool TryReadToken(string value, out string token)
    {
        token = "";
        if (value.Length == 0) return true;
        if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        token = value[Scheme.Length..].Trim(' ');
        return token.Length > 0 && token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '+' or '/' or '=');
    }
}
