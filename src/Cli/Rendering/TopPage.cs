using System.Text.Json;

namespace Postfleet.Cli.Rendering;

/// <summary>The pages of the verb <c>top</c>, as lines of text without escapes. Pure.</summary>
internal static class TopPage
{
    private const string Mark = "> ";
    private const string NoMark = "  ";

    /// <summary>The lines of a list, each cut at the width of the terminal. The selected row is among them, with a mark.</summary>
    /// <param name="head">The lines above the table.</param>
    /// <param name="model">What is shown.</param>
    /// <param name="rows">The rows, in their order.</param>
    /// <param name="now">The time of now.</param>
    /// <param name="size">The size of the terminal.</param>
    public static IReadOnlyList<string> List(
        IReadOnlyList<string> head, TopModel model, IReadOnlyList<JsonElement> rows, DateTimeOffset now, (int Width, int Height) size)
    {
        List<Column> columns = [.. model.View.Columns
            .Select((column, index) => index == model.Sort ? column with { Header = $"{column.Header}*" } : column)];
        var (selected, room) = (model.SelectedAt(rows), Math.Max(1, size.Height - head.Count - 1));
        var first = Math.Max(0, selected - room + 1);
        var table = PlainTable.Draw(
            columns,
            [.. rows.Skip(first).Take(room).Select(row => (IReadOnlyList<string>)[.. columns.Select(each => each.Cell(row, now))])]);
        var lines = table.TrimEnd('\n').Split('\n').Select((line, index) => (index == selected - first + 1 ? Mark : NoMark) + line);
        return Cut(head.Concat(lines), size);
    }

    /// <summary>The lines of an entry's detail, each cut at the width of the terminal.</summary>
    /// <param name="head">The lines above the detail.</param>
    /// <param name="detail">The answer of the API.</param>
    /// <param name="scroll">The first shown line.</param>
    /// <param name="now">The time of now.</param>
    /// <param name="size">The size of the terminal.</param>
    public static IReadOnlyList<string> Detail(
        IReadOnlyList<string> head, JsonElement detail, int scroll, DateTimeOffset now, (int Width, int Height) size)
    {
        var (members, tables) = Details.Of(detail, now);
        List<string> lines = [.. members];
        foreach (var table in tables)
        {
            lines.AddRange(["", $"{table.Title}:"]);
            lines.AddRange(PlainTable
                .Draw(
                    table.Columns,
                    [.. table.Rows.Select(row => (IReadOnlyList<string>)[.. table.Columns.Select(column => column.Cell(row, now))])])
                .TrimEnd('\n').Split('\n'));
        }

        // The last line stays on the page.
        return Cut(head.Concat(lines.Skip(Math.Min(scroll, Math.Max(0, lines.Count - 1)))), size);
    }

    private static IReadOnlyList<string> Cut(IEnumerable<string> lines, (int Width, int Height) size) =>
        [.. lines.Take(size.Height).Select(line => line.Length > size.Width ? line[..size.Width] : line.TrimEnd())];
}
