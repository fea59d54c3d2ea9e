using System.Buffers;
using System.Collections.Concurrent;

namespace Postfleet.Node.Logging;

/// <summary>
/// Converts names of fields for log lines: lower camel case, without spaces or special characters for any template. Thread-safe.
/// </summary>
internal static class FieldNames
{
    // Names come from templates in code. The bound holds if code ever generates names: further names are converted each time.
    private const int MaxKnown = 1024;

    private static readonly ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    private static readonly SearchValues<char> Plain = SearchValues
        .Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.@");

    /// <summary>The name for a key of an event's state. It has the length of the key; an empty key gives <c>_</c>.</summary>
    public static string Of(string key)
    {
        if (Known.TryGetValue(key, out var name)) return name;
        name = key.Length == 0 ? "_" : string.Create(key.Length, key, Convert);
        if (Known.Count < MaxKnown) Known.TryAdd(key, name);
        return name;
    }

    // Leading capitals form a word, except the last capital before a small letter: DNSServer becomes dnsServer.
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
