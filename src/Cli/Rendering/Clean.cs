namespace Postfleet.Cli.Rendering;

/// <summary>Makes text of other systems safe for a terminal.</summary>
internal static class Clean
{
    /// <summary>
    /// The text in one line. A reply of a host may hold control characters, with which it could steer the terminal of the reader.
    /// </summary>
    public static string Text(string text) => text.Any(IsUnsafe) ? string.Concat(text.Select(each => IsUnsafe(each) ? ' ' : each)) : text;

    // Characters that change the direction of text can make a line read as another.
    private static bool IsUnsafe(char each) => char.IsControl(each) || each is '\u2028' or '\u2029'
        or (>= '\u200e' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
