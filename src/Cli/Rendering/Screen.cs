using System.Text.Json;
using Postfleet.Cli.Common;
using Spectre.Console;

namespace Postfleet.Cli.Rendering;

/// <summary>
/// Writes tables, details and lines: for people on a terminal, and as plain aligned text elsewhere. Each run of a verb has its own
/// instance.
/// </summary>
internal sealed class Screen(ClientSurroundings surroundings)
{
    private readonly IAnsiConsole? _console = surroundings.IsTerminal ? Terminal(surroundings) : null;

    private DateTimeOffset Now => surroundings.Time.GetUtcNow();

    /// <summary>Writes a table.</summary>
    public void Table(IReadOnlyList<Column> columns, IReadOnlyList<JsonElement> rows)
    {
        var now = Now;
        columns = [.. columns.Where(column => !column.IsRare || rows.Any(row => column.Cell(row, now) is not ("" or "0")))];
        List<IReadOnlyList<string>> cells = [.. rows.Select(row => columns.Select(column => column.Cell(row, now)).ToList())];
        if (_console is null)
        {
            surroundings.Output.Write(PlainTable.Draw(columns, cells));
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column.Header, new Style(decoration: Decoration.Bold)))
            {
                Alignment = column.IsNumber ? Justify.Right : Justify.Left,
                NoWrap = column.IsNumber,
            });
        }

        foreach (var row in cells) table.AddRow(row.Select(cell => new Text(cell)));
        _console.Write(table);
    }

    /// <summary>Writes an object with its members.</summary>
    public void Details(JsonElement element)
    {
        var (lines, tables) = Rendering.Details.Of(element, Now);
        foreach (var line in lines) Line(line);
        foreach (var table in tables)
        {
            Line("");
            Line($"{table.Title}:");
            Table(table.Columns, table.Rows);
        }
    }

    /// <summary>Writes a line.</summary>
    public void Line(string text) => surroundings.Output.Write(text + "\n");

    /// <summary>Writes a line to standard error.</summary>
    public void Warn(string text) => surroundings.Error.Write($"postfleet: {text}\n");

    private static IAnsiConsole Terminal(ClientSurroundings surroundings)
    {
        // An empty NO_COLOR does not count (no-color.org).
        var isPlain = surroundings.Environment["NO_COLOR"] is string { Length: > 0 };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(surroundings.Output),
            Ansi = isPlain ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Standard,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = Math.Max(surroundings.Size().Width, 40);
        return console;
    }
}
