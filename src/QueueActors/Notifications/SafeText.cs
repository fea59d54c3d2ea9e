using System.Globalization;
using System.Text;

namespace Postfleet.QueueActors.Notifications;

/// <summary>
/// Makes strangers' text (replies, host names, addresses) safe for a DSN: a single line without control characters, which can neither
/// begin a header field nor control the reader's terminal, and lines of bounded length.
/// </summary>
internal static class SafeText
{
    /// <summary>Longest line, for text without a place to break it (RFC 5322 section 2.1.1 allows 998).</summary>
    public const int MaxLine = 900;

    /// <summary>A single line for people: any printable character; runs of white space become a single space.</summary>
    public static string Printable(string text)
    {
        var safe = new StringBuilder(text.Length);
        // Half a surrogate pair, as is left where a reply was cut, comes as U+FFFD.
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || Rune.IsWhiteSpace(rune))
            {
                if (safe.Length > 0 && safe[^1] != ' ') safe.Append(' ');
            }
            else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                // These categories include the marks for the direction of the text.
                safe.Append('?');
            }
            else
            {
                safe.Append(rune.ToString());
            }
        }

        return safe.ToString().TrimEnd();
    }

    /// <summary>A single line for programs: printable ASCII; every other character becomes <c>?</c>.</summary>
    public static string Ascii(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in Printable(text).EnumerateRunes()) safe.Append(rune.IsAscii ? (char)rune.Value : '?');
        return safe.ToString();
    }

    /// <summary>
    /// Breaks a line at spaces, which are dropped, into lines of at most <paramref name="width"/> characters. A longer word has a line of
    /// its own; a word longer than <see cref="MaxLine"/> is cut.
    /// </summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        while (text.Length > width)
        {
            var at = Break(text, width);
            if (at < 0) break;
            yield return text[..at];
            text = text[at] == ' ' ? text[(at + 1)..] : text[at..];
        }

        yield return text;
    }

    /// <summary>A header field, folded (RFC 5322 section 2.2.3), with its CRLF. The value is printable ASCII on a single line.</summary>
    public static string Field(string name, string value) => string.Join("\r\n ", Wrap($"{name}: {value}", 76)) + "\r\n";

    // The last space within the width, or else the first space after it. The rest must not be white space: a line must not be blank.
    private static int Break(string text, int width)
    {
        for (var i = width; i > 0; i--)
        {
            if (IsPlace(text, i)) return i;
        }

        for (var i = width + 1; i < Math.Min(text.Length, MaxLine); i++)
        {
            if (IsPlace(text, i)) return i;
        }

        return text.Length > MaxLine ? Cut(text) : -1;
    }

    private static bool IsPlace(string text, int i) =>
        text[i] == ' ' && i + 1 < text.Length && text[i + 1] != ' ' && !text.AsSpan(0, i).IsWhiteSpace();

    private static int Cut(string text) => char.IsHighSurrogate(text[MaxLine - 1]) ? MaxLine - 1 : MaxLine;
}
