namespace Postfleet.Cli.Rendering;

/// <summary>Makes text of other systems safe for a terminal.</summary>
internal static class Clean
{
    /// <summary>
    /// The text without line breaks and control characters, which a host's reply could use to control the reader's terminal.
    /// </summary>
    public static string Text(string text) => text.Any(IsUnsafe) ? string.Concat(text.Select(each => IsUnsafe(each) ? ' ' : each)) : text;

    // Bidirectional control characters can make a line look like a different line.
    private static bool IsUnsafe(char each) => char.IsControl(each) || each is '\u2028' or '\u2029'
        or (>= '\u200e' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
