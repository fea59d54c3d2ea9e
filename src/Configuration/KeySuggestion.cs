namespace Postfleet.Configuration;

/// <summary>Suggestions for unknown keys.</summary>
internal static class KeySuggestion
{
    /// <summary>The end of an error line: the most similar key, otherwise the allowed names at this place.</summary>
    public static string For(KeyTable table, string path)
    {
        var given = path.Split(':');
        var pattern = string.Join(':', given.Select(segment => ResolvedPath.IsIndex(segment) ? ConfigurationKey.Index : segment));
        var (nearest, distance) = table.Keys
            .Select(key => (Key: key, Distance: Distance(pattern, key.Path, given[^1], key.Segments[^1])))
            .MinBy(pair => pair.Distance);
        // A third of the letters wrong is no slip any more.
        return distance <= Math.Max(2, pattern.Length / 3) ? $"did you mean '{WithIndexes(nearest, given)}'?"
            : $"allowed: {Members(table, given)}";
    }

    private static int Distance(string pattern, string known, string givenName, string knownName)
    {
        var whole = EditDistance(pattern, known);
        // The right name in the wrong section, or in none.
        return string.Equals(givenName, knownName, StringComparison.OrdinalIgnoreCase) ? Math.Min(whole, 2) : whole;
    }

    private static string WithIndexes(ConfigurationKey key, string[] given)
    {
        var indexes = new Queue<string>(given.Where(ResolvedPath.IsIndex));
        return string.Join(':', key.Segments.Select(segment =>
            segment != ConfigurationKey.Index ? segment : indexes.TryDequeue(out var index) ? index : "0"));
    }

    private static string Members(KeyTable table, string[] given)
    {
        var section = given[0];
        var keys = table.Keys.Where(key => Layer.IsWithin(key.Path, section)).Select(key => key.Path).ToList();
        return keys.Count > 0
            ? string.Join(", ", keys)
            : $"the sections {string.Join(", ", table.Keys.Select(key => key.Segments[0]).Distinct())}";
    }

    // The Levenshtein distance, ignoring case, computed row by row.
    private static int EditDistance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
