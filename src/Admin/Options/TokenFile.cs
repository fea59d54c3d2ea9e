using Postfleet.Configuration;

namespace Postfleet.Admin.Options;

/// <summary>Reads files with a token.</summary>
internal static class TokenFile
{
    /// <summary>Reads the token of a file, which may end with line ends.</summary>
    /// <returns>The fault of the file, as text after its name; null for a file with a token.</returns>
    public static string? TryRead(string file, out string token)
    {
        token = "";
        if (SecretFile.TryReadText(file, out var text) is { } fault) return fault;
        token = text.TrimEnd('\r', '\n');
        if (token.Length == 0) return "holds no token";
        return TextForms.Token(token) is null ? "holds more than a token of letters, digits and -._~+/=" : null;
    }
}
