using System.Buffers;

namespace Postfleet.Delivery.Security;

/// <summary>Reads the TXT records at <c>_mta-sts</c> of a domain (RFC 8461 section 3.1). Pure.</summary>
internal static class StsRecord
{
    private const string Version = "v=STSv1";

    private const int MaxId = 32;

    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

    /// <summary>
    /// The id of the policy; null where the records announce none: no record of this version, several, or a malformed one.
    /// </summary>
    /// <param name="texts">The TXT records; each octet is one UTF-16 code unit.</param>
    public static string? FindId(IEnumerable<string> texts)
    {
        string? found = null;
        foreach (var text in texts)
        {
            // Other TXT records at this name have nothing to do with the policy.
            if (!IsOfVersion(text)) continue;
            if (found is not null) return null;
            found = text;
        }

        return found is null ? null : ReadId(found);
    }

    private static bool IsOfVersion(string text) =>
        text.StartsWith(Version, StringComparison.Ordinal) && text.AsSpan(Version.Length).TrimStart(" \t") is [';', ..];

    private static string? ReadId(string text)
    {
        string? id = null;
        var isFirst = true;
        foreach (var range in text.AsSpan().Split(';'))
        {
            var field = text.AsSpan(range).Trim(" \t");
            if (isFirst || field.IsEmpty)
            {
                isFirst = false;
                continue;
            }

            var equals = field.IndexOf('=');
            if (equals <= 0 || equals == field.Length - 1) return null;
            if (!field[..equals].SequenceEqual("id")) continue;
            var value = field[(equals + 1)..];
            if (id is not null || value.Length > MaxId || value.ContainsAnyExcept(IdCharacters)) return null;
            id = value.ToString();
        }

        return id;
    }
}
