using System.Text.Json;

namespace Postfleet.Cli.Rendering;

/// <summary>The page of the verb <c>top</c>. Pure.</summary>
internal static class TopPage
{
    /// <summary>The lines of a page, each cut at the width of the terminal.</summary>
    /// <param name="head">The lines above the table.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="sort">The number of the column by which rows are sorted, the largest or the first by name on top.</param>
    /// <param name="now">The time of now.</param>
    /// <param name="size">The size of the terminal.</param>
    public static IReadOnlyList<string> Draw(
        IReadOnlyList<string> head, IReadOnlyList<Column> columns, IReadOnlyList<JsonElement> rows, int sort, DateTimeOffset now,
        (int Width, int Height) size)
    {
        var marked = columns.Select((column, index) => index == sort ? column with { Header = $"{column.Header}*" } : column).ToList();
        var sorted = Sort(columns[sort], rows, now).Take(Math.Max(0, size.Height - head.Count - 1));
        var table = PlainTable
            .Draw(marked, [.. sorted.Select(row => (IReadOnlyList<string>)[.. columns.Select(each => each.Cell(row, now))])]);
        return [.. head.Concat(table.TrimEnd('\n').Split('\n')).Select(line => line.Length > size.Width ? line[..size.Width] : line)];
    }

    private static IEnumerable<JsonElement> Sort(Column column, IReadOnlyList<JsonElement> rows, DateTimeOffset now) =>
        column.Order is { } order
        ? rows.OrderByDescending(row => order(row, now))
        : rows.OrderBy(row => column.Cell(row, now), StringComparer.Ordinal);
}
