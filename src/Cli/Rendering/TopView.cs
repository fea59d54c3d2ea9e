using System.Text.Json;

namespace Postfleet.Cli.Rendering;

/// <summary>A list of the verb <c>top</c>, whose entries can be opened. Pure.</summary>
/// <param name="Path">The path of the list in the API.</param>
/// <param name="List">The name of the list in the answer, and in the path of an entry.</param>
/// <param name="Key">The member that identifies an entry.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Sort">The column by which the list is sorted at first; <see cref="ByTrouble"/> if there is <see cref="Trouble"/>.</param>
internal sealed record TopView(string Path, string List, string Key, IReadOnlyList<Column> Columns, int Sort)
{
    /// <summary>The sort by <see cref="Trouble"/> instead of a column.</summary>
    public const int ByTrouble = -1;

    /// <summary>How bad an entry is, the worst on top; null for a list that is sorted by columns alone.</summary>
    public Func<JsonElement, DateTimeOffset, double>? Trouble { get; init; }

    /// <summary>The sort after another one.</summary>
    public int SortAfter(int sort) => sort + 1 < Columns.Count ? sort + 1 : Trouble is null ? 0 : ByTrouble;

    /// <summary>The name of a sort.</summary>
    public string NameOf(int sort) => sort == ByTrouble ? "trouble" : Columns[sort].Header.ToLowerInvariant();

    /// <summary>The entries in the order of a sort: numbers with the largest on top, texts by name.</summary>
    public IReadOnlyList<JsonElement> Sorted(IReadOnlyList<JsonElement> rows, int sort, bool isReversed, DateTimeOffset now)
    {
        var order = sort == ByTrouble ? Trouble : Columns[sort].Order;
        var sorted = order is null
            ? rows.OrderBy(row => Columns[sort].Cell(row, now), StringComparer.Ordinal)
            : rows.OrderByDescending(row => order(row, now));
        return isReversed ? [.. sorted.Reverse()] : [.. sorted];
    }
}
