using Postfleet.Contracts.Operations;

namespace Postfleet.Frontend.Access;

/// <summary>
/// Finds the first pattern that a name matches: a name, <c>*.suffix</c> for the names below it, or a text in which <c>*</c> stands for
/// any text. Names and suffixes are found by hash, whatever their number; other patterns are tried one by one. In any case of ASCII.
/// Immutable after the last <see cref="Add"/>; a look-up allocates nothing.
/// </summary>
internal sealed class NameTable
{
    /// <summary>Stands for no pattern.</summary>
    public const int None = int.MaxValue;

    /// <summary>The most patterns that are tried one by one.</summary>
    public const int MaxGlobs = 500;

    private readonly Dictionary<string, int> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _suffixes = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Pattern, int Number)> _globs = [];

    /// <summary>The least number of all patterns; <see cref="None"/> without patterns.</summary>
    public int First { get; private set; } = None;

    /// <summary>Adds a pattern. Numbers grow from call to call; of equal patterns the first counts.</summary>
    /// <returns>False if there are too many patterns that are tried one by one.</returns>
    public bool Add(string pattern, int number)
    {
        First = Math.Min(First, number);
        if (!pattern.Contains('*', StringComparison.Ordinal)) _names.TryAdd(pattern, number);
        else if (pattern.StartsWith("*.", StringComparison.Ordinal) && pattern.IndexOf('*', 1) < 0) _suffixes.TryAdd(pattern[2..], number);
        else if (_globs.Count == MaxGlobs) return false;
        else _globs.Add((pattern, number));
        return true;
    }

    /// <summary>The least number of the patterns that a name matches; <see cref="None"/> for none.</summary>
    public int Find(ReadOnlySpan<char> name)
    {
        var first = None;
        if (First == None) return first;
        if (_names.Count > 0 && _names.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var exact)) first = exact;
        if (_suffixes.Count > 0) first = Math.Min(first, FindSuffix(name));
        foreach (var (pattern, number) in _globs)
        {
            // The numbers grow.
            if (number >= first) break;
            if (Glob.Matches(pattern, name)) return number;
        }

        return first;
    }

    private int FindSuffix(ReadOnlySpan<char> name)
    {
        var (first, suffixes) = (None, _suffixes.GetAlternateLookup<ReadOnlySpan<char>>());
        for (var dot = name.IndexOf('.'); dot >= 0; dot = name.IndexOf('.'))
        {
            name = name[(dot + 1)..];
            if (suffixes.TryGetValue(name, out var number)) first = Math.Min(first, number);
        }

        return first;
    }
}
