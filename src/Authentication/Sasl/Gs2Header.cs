namespace Postfleet.Authentication.Sasl;

/// <summary>The header of GS2 (RFC 5801 section 4), with which the messages of SCRAM and OAUTHBEARER begin.</summary>
/// <param name="Flag"><c>n</c>: the client has no channel binding; <c>y</c>: it has, and saw none on offer; <c>p</c>: it uses one.</param>
/// <param name="Binding">The name of the channel binding; empty without one.</param>
/// <param name="Authorization">The authorization identity; empty for none.</param>
/// <param name="Length">The characters of the header, with its last comma.</param>
internal readonly record struct Gs2Header(char Flag, string Binding, string Authorization, int Length)
{
    public static bool TryParse(string text, out Gs2Header header)
    {
        header = default;
        var first = text.IndexOf(',', StringComparison.Ordinal);
        if (first < 1) return false;
        var second = text.IndexOf(',', first + 1);
        if (second < 0) return false;
        var (flag, identity) = (text[..first], text[(first + 1)..second]);
        var binding = "";
        if (flag.StartsWith("p=", StringComparison.Ordinal))
        {
            binding = flag[2..];
            if (binding.Length == 0 || !binding.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-')) return false;
        }
        else if (flag is not ("n" or "y"))
        {
            return false;
        }

        var authorization = "";
        if (identity.Length > 0)
        {
            if (!identity.StartsWith("a=", StringComparison.Ordinal) || !TryDecodeName(identity[2..], out authorization)) return false;
        }

        header = new Gs2Header(flag[0], binding, authorization, second + 1);
        return true;
    }

    /// <summary>
    /// Reads a saslname: <c>=2C</c> stands for a comma, <c>=3D</c> for an equals sign, and no other use of the latter is valid.
    /// </summary>
    public static bool TryDecodeName(string text, out string name)
    {
        name = text.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        if (text.Length == 0 || text.Contains(',', StringComparison.Ordinal)) return false;
        for (var i = text.IndexOf('=', StringComparison.Ordinal); i >= 0; i = text.IndexOf('=', i + 1))
        {
            if (!text.AsSpan(i).StartsWith("=2C", StringComparison.Ordinal) && !text.AsSpan(i).StartsWith("=3D", StringComparison.Ordinal))
                return false;
        }

        return true;
    }
}
