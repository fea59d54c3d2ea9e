using System.Globalization;

namespace Postfleet.Configuration;

/// <summary>
/// The keys of a configuration, in the order of the documentation and of the output of <c>check</c>. The only list of keys: sources and
/// error texts use it. Immutable.
/// </summary>
public sealed class KeyTable
{
    /// <summary>Makes the table of its keys.</summary>
    public KeyTable(IEnumerable<ConfigurationKey> keys)
    {
        Keys = [.. keys];
        Lists = Keys.Where(key => key.List is not null).Select(key => key.List!).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The keys.</summary>
    public IReadOnlyList<ConfigurationKey> Keys { get; }

    /// <summary>The lists, by their path.</summary>
    public IReadOnlySet<string> Lists { get; }

    /// <summary>Finds a path in the table, in any case; null when the table has nothing there.</summary>
    internal ResolvedPath? Find(string path)
    {
        var segments = path.Split(':');
        var key = Keys.FirstOrDefault(key => Matches(key, segments, key.Segments.Count));
        var model = key ?? Keys.FirstOrDefault(
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

    /// <summary>The list of a path whose index is greater than <see cref="ResolvedPath.MaxIndex"/>; null for other paths.</summary>
    internal string? FindTooLong(string path)
    {
        var segments = path.Split(':');
        var at = Array.FindIndex(segments, segment => segment.Length > ResolvedPath.MaxIndexDigits && segment.All(char.IsAsciiDigit));
        if (at <= 0) return null;
        segments[at] = "0";
        return Find(string.Join(':', segments))?.List;
    }

    private static bool Matches(ConfigurationKey key, string[] segments, int count) =>
        segments.Length == count && key.Segments.Take(count).Zip(segments, (known, given) => (Known: known, Given: given)).All(pair =>
            pair.Known == ConfigurationKey.Index
                ? ResolvedPath.IsIndex(pair.Given)
                : string.Equals(pair.Known, pair.Given, StringComparison.OrdinalIgnoreCase));
}
