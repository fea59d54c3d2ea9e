namespace Postfleet.Configuration;

/// <summary>A path of the table.</summary>
/// <param name="Key">The key; null for a section, a list or an element of a list.</param>
/// <param name="Path">The path in the spelling of the table, with the given indexes.</param>
/// <param name="Pattern">The path in the table, with <c>#</c> for indexes.</param>
/// <param name="List">The list around the path; null outside of lists.</param>
/// <param name="ElementIndex">The index in the list.</param>
internal sealed record ResolvedPath(ConfigurationKey? Key, string Path, string Pattern, string? List, int ElementIndex)
{
    /// <summary>
    /// The element of a list of sections (<c>Routes:1</c>), the list of a plain value (<c>Node:Roles</c>), or the path itself.
    /// </summary>
    public string ElementOrPath => List is null ? Path : Key is { IsValueList: true } ? List : $"{List}:{ElementIndex}";

    /// <summary>The greatest index of a list.</summary>
    public const int MaxIndex = 9999;

    /// <summary>The digits of <see cref="MaxIndex"/>; more would not fit an int.</summary>
    public const int MaxIndexDigits = 4;

    /// <summary>
    /// Whether a segment is an index: <c>0</c>, <c>1</c>, without leading zeros, so each element has a single name.
    /// </summary>
    public static bool IsIndex(string segment) =>
        segment.Length is > 0 and <= MaxIndexDigits && segment.All(char.IsAsciiDigit) && (segment.Length == 1 || segment[0] != '0');
}
