namespace Postfleet.Frontend.Options;

/// <summary>
/// The text of <c>Listeners:#:Filters</c>: names of filters with spaces between them, or <c>none</c>, or empty. Pure.
/// </summary>
internal static class ListenerFilterText
{
    /// <summary>The form of the text in words.</summary>
    public const string Allowed = "names of filters with spaces between them, none, or empty for those of the service";

    // No name of a filter.
    private const string None = "none";

    // The name is a label of metrics.
    private const int MaxName = 40;

    /// <summary>Whether a text may be the name of a filter.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= MaxName && !IsNone(text)
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>The canonical form; null for another text.</summary>
    public static string? Normalize(string text)
    {
        var names = Split(text);
        if (names is [var only] && IsNone(only)) return None;
        if (!names.All(IsName)) return null;
        return string.Join(' ', names.Distinct(StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The names of the filters of a listener; null for those whose services fit.</summary>
    public static IReadOnlyList<string>? Of(ListenerOptions listener) => listener.Filters switch
    {
        "" => null,
        None => [],
        var text => Split(text),
    };

    private static bool IsNone(string name) => name.Equals(None, StringComparison.OrdinalIgnoreCase);

    private static string[] Split(string text) => text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
}
