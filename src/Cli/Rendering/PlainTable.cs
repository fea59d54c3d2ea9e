using System.Text;

namespace Postfleet.Cli.Rendering;

/// <summary>Draws tables as aligned text without lines and colours, for pipes and files. Pure.</summary>
internal static class PlainTable
{
    private const string Gap = "  ";

    /// <summary>The lines of a table. A cell without text is a dash, so each row has a word in every column.</summary>
    public static string Draw(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        List<IReadOnlyList<string>> all =
            [[.. columns.Select(column => column.Header.ToUpperInvariant())], .. rows.Select(row => row.Select(Filled).ToList())];
        var widths = columns.Select((_, index) => all.Max(row => row[index].Length)).ToList();
        var text = new StringBuilder();
        foreach (var row in all)
        {
            var line = string.Join(Gap, row.Select((cell, index) =>
                columns[index].IsNumber ? cell.PadLeft(widths[index]) : cell.PadRight(widths[index])));
            text.Append(line.TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    private static string Filled(string cell) => cell.Length == 0 ? "-" : cell;
}
