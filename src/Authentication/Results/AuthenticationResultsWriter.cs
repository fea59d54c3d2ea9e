using System.Buffers;
using System.Text;

namespace Postfleet.Authentication.Results;

/// <summary>
/// Writes Authentication-Results fields (RFC 8601 section 2.2). The output is ASCII, folded, and bounded: texts of senders are shortened,
/// other characters than visible ASCII and spaces are replaced, and comments and values are quoted. Pure.
/// </summary>
public static class AuthenticationResultsWriter
{
    /// <summary>The name of the field.</summary>
    public const string FieldName = "Authentication-Results";

    /// <summary>The greatest length of a comment, reason or value before it is quoted, in characters; the rest is cut.</summary>
    public const int MaxText = 320;

    /// <summary>The greatest number of properties of a result; further ones are left out.</summary>
    public const int MaxProperties = 10;

    /// <summary>The greatest length of a field, in octets. Results that do not fit are left out.</summary>
    public const int MaxField = 32 * 1024;

    // Lines should have at most 78 characters, and must have at most 998 (RFC 5322 section 2.1.1).
    private const int PreferredLine = 78;
    private const int MaxWord = 990;

    // The space is special too, and the local part of an address may have some of the specials of a token.
    private static readonly SearchValues<char> TokenSpecials = SearchValues.Create(" ()<>@,;:\\\"/[]?=");
    private static readonly SearchValues<char> LocalSpecials = SearchValues.Create(" ()<>@,;:\\\"[]");

    /// <summary>Writes a field.</summary>
    /// <param name="service">The authserv-id, normally the name of the host.</param>
    /// <param name="results">The results; none are written as <c>none</c>.</param>
    /// <returns>The field with its last line end.</returns>
    public static string Write(string service, IEnumerable<MethodResult> results) =>
        $"{FieldName}: {Payload(Service(service), results.Select(Text))}\r\n";

    /// <summary>The text of a result, not folded, as it stands behind a semicolon in a field.</summary>
    public static string Text(MethodResult result)
    {
        var text = new StringBuilder(Keyword(result.Method)).Append('=').Append(Keyword(result.Result));
        if (result.Comment.Length > 0) text.Append(" (").Append(Quote(Clean(result.Comment), "()\\")).Append(')');
        if (result.Reason.Length > 0) text.Append(" reason=\"").Append(Quote(Clean(result.Reason), "\"\\")).Append('"');
        foreach (var property in result.Properties.Take(MaxProperties))
        {
            text.Append(' ').Append(Keyword(property.Type)).Append('.').Append(Keyword(property.Name)).Append('=')
                .Append(Value(property.Value));
        }

        return text.ToString();
    }

    /// <summary>The folded value of a field with the texts of results.</summary>
    /// <param name="head">What stands before the results.</param>
    /// <param name="texts">The texts of results. Texts with words that fit in no line are left out.</param>
    internal static string Payload(string head, IEnumerable<string> texts)
    {
        var payload = new StringBuilder(head);
        var isEmpty = true;
        foreach (var text in texts)
        {
            var words = text.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words.Any(word => word.Length > MaxWord)) continue;
            if (payload.Length + text.Length + 3 * words.Length > MaxField) break;
            payload.Append(";\r\n");
            var column = 0;
            foreach (var word in words)
            {
                if (column > 0 && column + word.Length > PreferredLine)
                {
                    payload.Append("\r\n");
                    column = 0;
                }

                payload.Append(' ').Append(word);
                column += word.Length + 1;
            }

            isEmpty = false;
        }

        return isEmpty ? payload.Append("; none").ToString() : payload.ToString();
    }

    /// <summary>An authserv-id: as it is if it is a token, otherwise as a quoted string.</summary>
    internal static string Service(string service)
    {
        var text = Clean(service);
        return IsToken(text) ? text : Quoted(text);
    }

    // A property's value may also be an address without quotes.
    private static string Value(string value)
    {
        var text = Clean(value);
        var at = text.LastIndexOf('@');
        var isPlain = at < 0
            ? IsToken(text)
            : text.AsSpan(0, at).IndexOfAny(LocalSpecials) < 0 && at + 1 < text.Length
                && text.AsSpan(at + 1).IndexOfAny(TokenSpecials) < 0;
        return isPlain ? text : Quoted(text);
    }

    private static bool IsToken(string text) => text.Length > 0 && text.AsSpan().IndexOfAny(TokenSpecials) < 0;

    private static string Quoted(string text) => $"\"{Quote(text, "\"\\")}\"";

    // Methods, results and properties are constants of this program; a wrong one must not break the field.
    private static string Keyword(string word) =>
        word.Length is > 0 and < 64 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? word : "unknown";

    private static string Clean(string text)
    {
        var cut = text.AsSpan(0, Math.Min(text.Length, MaxText));
        return cut.ContainsAnyExceptInRange(' ', '~')
            ? string.Create(cut.Length, text, (span, all) =>
            {
                for (var i = 0; i < span.Length; i++) span[i] = all[i] is >= ' ' and <= '~' ? all[i] : all[i] < ' ' ? ' ' : '?';
            })
            : cut.ToString();
    }

    private static string Quote(string text, string special)
    {
        if (text.AsSpan().IndexOfAny(special) < 0) return text;
        var quoted = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if (special.Contains(c)) quoted.Append('\\');
            quoted.Append(c);
        }

        return quoted.ToString();
    }
}
