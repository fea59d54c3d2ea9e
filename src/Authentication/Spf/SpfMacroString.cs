using System.Buffers;
using System.Text;

namespace Postfleet.Authentication.Spf;

/// <summary>A part of a macro-string: literal text, or a macro with its transformers (RFC 7208 section 7.1).</summary>
/// <param name="Literal">The text; null for a macro.</param>
/// <param name="Letter">The letter of the macro in lower case.</param>
/// <param name="IsEscaped">Whether the letter is written in upper case: the value is escaped as in URLs.</param>
/// <param name="Count">How many parts are kept, from the right; 0 keeps all.</param>
/// <param name="IsReversed">Whether the order of the parts is reversed.</param>
/// <param name="Delimiters">The characters between parts.</param>
internal readonly record struct SpfMacroPart(
    string? Literal, char Letter = '\0', bool IsEscaped = false, int Count = 0, bool IsReversed = false, string Delimiters = ".");

/// <summary>A parsed macro-string, domain-spec or explain-string (RFC 7208 sections 7.1 and 12).</summary>
/// <param name="Parts">The parts, in their order.</param>
internal sealed record SpfMacroString(IReadOnlyList<SpfMacroPart> Parts)
{
    private const string Letters = "slodiphv";
    private const string LettersOfExplanations = "crt";

    private static readonly SearchValues<char> AllDelimiters = SearchValues.Create(".-+,/_=");

    /// <summary>Larger numbers of parts keep all parts, too: a name has at most 127 labels.</summary>
    private const int MaxCount = 1000;

    /// <summary>Parses a macro-string; null if the syntax is wrong. It may have any macro letter.</summary>
    public static SpfMacroString? Parse(string text) => Parse(text, hasSpaces: false, Letters + LettersOfExplanations, out _);

    /// <summary>Parses the text of an explanation, which may contain spaces; null if the syntax is wrong.</summary>
    public static SpfMacroString? ParseExplanation(string text) =>
        Parse(text, hasSpaces: true, Letters + LettersOfExplanations, out _);

    /// <summary>
    /// Parses a domain-spec: a macro-string that ends with a macro or with a dot and a top-level label; null if the syntax is wrong.
    /// </summary>
    public static SpfMacroString? ParseDomain(string text) =>
        Parse(text, hasSpaces: false, Letters, out var tail) is { Parts.Count: > 0 } parsed
            && (tail == text.Length || IsDomainEnd(text[tail..]))
            ? parsed : null;

    /// <param name="text">The text.</param>
    /// <param name="hasSpaces">Whether spaces are allowed.</param>
    /// <param name="letters">The allowed macro letters in lower case.</param>
    /// <param name="tail">The position after the last macro.</param>
    private static SpfMacroString? Parse(string text, bool hasSpaces, string letters, out int tail)
    {
        var parts = new List<SpfMacroPart>();
        var literal = new StringBuilder();
        tail = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is (< '!' or > '~') && !(hasSpaces && text[i] == ' ')) return null;
            if (text[i] != '%')
            {
                literal.Append(text[i]);
                continue;
            }

            if (++i == text.Length) return null;
            if (text[i] is '%' or '_' or '-')
            {
                literal.Append(text[i] switch { '%' => "%", '_' => " ", _ => "%20" });
            }
            else
            {
                var end = text.IndexOf('}', i);
                if (text[i] != '{' || end < 0 || ParseMacro(text.AsSpan(i + 1, end - i - 1), letters) is not { } macro) return null;
                if (literal.Length > 0) parts.Add(new SpfMacroPart(literal.ToString()));
                literal.Clear();
                parts.Add(macro);
                i = end;
            }

            tail = i + 1;
        }

        if (literal.Length > 0) parts.Add(new SpfMacroPart(literal.ToString()));
        return new SpfMacroString(parts);
    }

    private static SpfMacroPart? ParseMacro(ReadOnlySpan<char> text, string letters)
    {
        if (text.IsEmpty || !letters.Contains(char.ToLowerInvariant(text[0]), StringComparison.Ordinal)) return null;
        var at = 1;
        var count = 0;
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++) count = Math.Min(MaxCount, count * 10 + text[at] - '0');
        // RFC 7208 section 7.1: the number must not be zero.
        if (at > 1 && count == 0) return null;
        var isReversed = at < text.Length && text[at] is 'r' or 'R';
        if (isReversed) at++;
        var delimiters = text[at..];
        if (delimiters.ContainsAnyExcept(AllDelimiters)) return null;
        return new SpfMacroPart(
            null, char.ToLowerInvariant(text[0]), char.IsAsciiLetterUpper(text[0]), count, isReversed,
            delimiters.IsEmpty ? "." : delimiters.ToString());
    }

    // "." toplabel [ "." ]
    private static bool IsDomainEnd(string text)
    {
        var name = text.EndsWith('.') ? text[..^1] : text;
        var dot = name.LastIndexOf('.');
        if (dot < 0) return false;
        var label = name.AsSpan(dot + 1);
        if (label.IsEmpty || !char.IsAsciiLetterOrDigit(label[0]) || !char.IsAsciiLetterOrDigit(label[^1])) return false;
        var isNumber = true;
        foreach (var c in label)
        {
            if (c != '-' && !char.IsAsciiLetterOrDigit(c)) return false;
            isNumber &= char.IsAsciiDigit(c);
        }

        return !isNumber;
    }
}
