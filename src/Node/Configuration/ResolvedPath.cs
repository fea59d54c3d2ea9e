using System.Globalization;

namespace Postfleet.Node.Configuration;

/// <summary>A path that the table knows.</summary>
/// <param name="Key">The key; null for a section, a list or an element of one.</param>
/// <param name="Path">The path as the table writes it, with the indexes that were given.</param>
/// <param name="Pattern">The path in the table, with <c>#</c> for indexes.</param>
/// <param name="List">The list that it is in, or null.</param>
/// <param name="ElementIndex">The index in that list.</param>
internal sealed record ResolvedPath(ConfigurationKey? Key, string Path, string Pattern, string? List, int ElementIndex)
{
    /// <summary>The element of a list of sections (<c>Routes:1</c>), the list of a plain value (<c>Node:Roles</c>), or the path itself.</summary>
    public string ElementOrPath => List is null ? Path : Key is { IsValueList: true } ? List : $"{List}:{ElementIndex}";

    /// <summary>The greatest index of a list.</summary>
    public const int MaxIndex = 9999;

    // Longer digits would not fit an int.
    private const int MaxIndexDigits = 4;

    /// <summary>Finds a path in the table, whatever its case; null when the table has nothing there.</summary>
    public static ResolvedPath? Find(string path)
    {
        var segments = path.Split(':');
        var key = ConfigurationTable.Keys.FirstOrDefault(key => Matches(key, segments, key.Segments.Count));
        var model = key ?? ConfigurationTable.Keys.FirstOrDefault(
            key => key.Segments.Count > segments.Length && Matches(key, segments, segments.Length));
        if (model is null) return null;
        var canonical = string.Join(':', model.Segments.Zip(segments, (known, given) => known == ConfigurationKey.Index ? given : known));
        var at = model.Segments.Take(segments.Length).ToList().IndexOf(ConfigurationKey.Index);
        return new ResolvedPath(
            key,
            canonical,
            string.Join(':', model.Segments.Take(segments.Length)),
            at < 0 ? null : model.List,
            at < 0 ? -1 : int.Parse(segments[at], CultureInfo.InvariantCulture));
    }

    /// <summary>The list of a path whose index is greater than <see cref="MaxIndex"/>; null for other paths.</summary>
    public static string? FindTooLong(string path)
    {
        var segments = path.Split(':');
        var at = Array.FindIndex(segments, segment => segment.Length > MaxIndexDigits && segment.All(char.IsAsciiDigit));
        if (at <= 0) return null;
        segments[at] = "0";
        return Find(string.Join(':', segments))?.List;
    }

    /// <summary>Whether a part of a path is an index: <c>0</c>, <c>1</c>, without leading zeros, so that each element has one name.</summary>
    public static bool IsIndex(string segment) =>
        segment.Length is > 0 and <= MaxIndexDigits && segment.All(char.IsAsciiDigit) && (segment.Length == 1 || segment[0] != '0');

    private static bool Matches(ConfigurationKey key, string[] segments, int count) =>
        segments.Length == count && key.Segments.Take(count).Zip(segments, (known, given) => (Known: known, Given: given)).All(pair =>
            pair.Known == ConfigurationKey.Index ? IsIndex(pair.Given) : string.Equals(pair.Known, pair.Given, StringComparison.OrdinalIgnoreCase));
}
