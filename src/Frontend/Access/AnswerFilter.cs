using System.Globalization;
using System.Net;

namespace Postfleet.Frontend.Access;

/// <summary>
/// Which addresses in the answer of a DNS list count: patterns of four octets, each a number, several numbers or ranges in brackets
/// (<c>127.0.0.[2..11;20]</c>), or bits of which one must be set (<c>127.0.0.&amp;6</c>). Immutable.
/// </summary>
internal sealed class AnswerFilter
{
    /// <summary>The most patterns of a list.</summary>
    public const int MaxPatterns = 32;

    // An octet is 256 bits: whether each value counts.
    private readonly bool[][][] _patterns;

    private AnswerFilter(bool[][][] patterns) => _patterns = patterns;

    /// <summary>Reads patterns with spaces or commas between them; none for all answers.</summary>
    public static AnswerFilter? Parse(string text)
    {
        var patterns = text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        if (patterns.Length > MaxPatterns) return null;
        var parsed = patterns.Select(ParsePattern).ToArray();
        return parsed.Contains(null) ? null : new AnswerFilter(parsed!);
    }

    /// <summary>Whether an address of an answer counts.</summary>
    public bool Matches(IPAddress answer)
    {
        if (_patterns.Length == 0) return true;
        var octets = answer.GetAddressBytes();
        return octets.Length == 4 && Array.Exists(_patterns, pattern => !octets.Where((octet, i) => !pattern[i][octet]).Any());
    }

    // Dots also stand in ranges.
    private static bool[][]? ParsePattern(string text)
    {
        List<bool[]> octets = [];
        while (octets.Count < 4)
        {
            var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) + 1 : text.IndexOf('.', StringComparison.Ordinal);
            if (end <= 0) end = text.Length;
            if (ParseOctet(text[..end]) is not { } octet) return null;
            octets.Add(octet);
            if (end == text.Length) return octets.Count == 4 ? [.. octets] : null;
            if (text[end] != '.') return null;
            text = text[(end + 1)..];
        }

        return null;
    }

    private static bool[]? ParseOctet(string text)
    {
        var values = new bool[256];
        if (text.StartsWith('&'))
        {
            if (Number(text[1..]) is not (> 0 and var bits)) return null;
            for (var i = 0; i < values.Length; i++) values[i] = (i & bits) != 0;
            return values;
        }

        var parts = text is ['[', .. var inner, ']'] ? inner.Split(';') : [text];
        foreach (var part in parts)
        {
            var range = text.StartsWith('[') ? part.Split("..") : [part];
            if (range.Length > 2 || Number(range[0]) is not { } first || Number(range[^1]) is not { } last || last < first) return null;
            for (var i = first; i <= last; i++) values[i] = true;
        }

        return values;
    }

    private static int? Number(string text) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
