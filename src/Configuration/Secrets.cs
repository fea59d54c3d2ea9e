using System.Data.Common;

namespace Postfleet.Configuration;

/// <summary>Masks secrets in values.</summary>
public static class Secrets
{
    /// <summary>The text shown in place of a secret.</summary>
    public const string Mask = "***";

    // Npgsql's names of secrets: Password, PSW, PWD, SSL Password.
    private static readonly string[] SecretParts = ["password", "psw", "pwd"];

    /// <summary>The value with secrets masked. An empty value stays empty, since the absence of a secret is no secret.</summary>
    public static string Hide(SecretKind kind, string value) => (kind, value) switch
    {
        (SecretKind.None, _) or (_, "") => value,
        (SecretKind.ConnectionString, _) => HidePasswords(value),
        _ => Mask,
    };

    /// <summary>
    /// A text without the user info of an address, <c>smtp://user:password@host</c>: the user info is refused there, and often is a
    /// password.
    /// </summary>
    public static string HideInAddress(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal);
        var end = text.LastIndexOf('@');
        return start < 0 || end < start ? text : $"{text[..(start + 3)]}{Mask}{text[end..]}";
    }

    private static string HidePasswords(string connectionString)
    {
        var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var secret = parts.Keys.Cast<string>().Where(IsSecret).ToList();
        // The builder writes names in lower case; a text without a secret is shown as given.
        if (secret.Count == 0) return connectionString;
        foreach (var name in secret) parts[name] = Mask;
        return parts.ConnectionString;
    }

    private static bool IsSecret(string name) => Array.Exists(SecretParts, part => name.Contains(part, StringComparison.OrdinalIgnoreCase));
}
