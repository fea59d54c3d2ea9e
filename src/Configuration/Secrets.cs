using System.Data.Common;

namespace Postfleet.Configuration;

/// <summary>Hides what must not be shown.</summary>
public static class Secrets
{
    /// <summary>What is shown in place of a secret.</summary>
    public const string Mask = "***";

    // Npgsql's names for what is secret: Password, PSW, PWD, SSL Password.
    private static readonly string[] SecretParts = ["password", "psw", "pwd"];

    /// <summary>The value as it may be shown. An empty one stays empty: that there is no secret is none.</summary>
    public static string Hide(SecretKind kind, string value) => (kind, value) switch
    {
        (SecretKind.None, _) or (_, "") => value,
        (SecretKind.ConnectionString, _) => HidePasswords(value),
        _ => Mask,
    };

    /// <summary>
    /// A text without what stands before the host of an address, <c>smtp://user:password@host</c>: it is refused there, and is a password
    /// often.
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
        // The builder writes names in lower case: without a secret, better as it was given.
        if (secret.Count == 0) return connectionString;
        foreach (var name in secret) parts[name] = Mask;
        return parts.ConnectionString;
    }

    private static bool IsSecret(string name) => Array.Exists(SecretParts, part => name.Contains(part, StringComparison.OrdinalIgnoreCase));
}
