using System.Buffers;
using System.Collections.Concurrent;

namespace Postfleet.Node.Logging;

/// <summary>
/// Names of fields as they are written: in lower camel case, and one word of plain characters whatever a template calls them.
/// </summary>
internal static class FieldNames
{
    // Names come from templates in code; should one make them up, the rest is converted each time.
    private const int MaxKnown = 1024;

    private static readonly ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    private static readonly SearchValues<char> Plain = SearchValues
        .Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.@");

    /// <summary>The name for a key of an event's state. It is as long as the key, but for an empty key's, which is <c>_</c>.</summary>
    public static string Of(string key)
    {
        if (Known.TryGetValue(key, out var name)) return name;
        name = key.Length == 0 ? "_" : string.Create(key.Length, key, Convert);
        if (Known.Count < MaxKnown) Known.TryAdd(key, name);
        return name;
    }

    // The capitals that begin a name are one word, but for the last when a small letter follows it: DNSServer is dnsServer.
    private static void Convert(Span<char> name, string key)
    {
        for (var i = 0; i < key.Length; i++) name[i] = Plain.Contains(key[i]) ? key[i] : '_';
        for (var i = 0; i < name.Length && char.IsAsciiLetterUpper(name[i]); i++)
        {
            if (i > 0 && i + 1 < name.Length && char.IsAsciiLetterLower(name[i + 1])) return;
            name[i] = char.ToLowerInvariant(name[i]);
        }
    }
}
