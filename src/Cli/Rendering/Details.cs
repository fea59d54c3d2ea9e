using System.Text.Json;

namespace Postfleet.Cli.Rendering;

/// <summary>
/// Shows an object of the API with any members: a line for each member, objects indented, lists of objects as tables. Pure.
/// </summary>
internal static class Details
{
    private const int Indent = 2;

    /// <summary>The lines of the members, and the lists of objects to be drawn as tables.</summary>
    public static (IReadOnlyList<string> Lines, IReadOnlyList<DetailTable> Tables) Of(JsonElement element, DateTimeOffset now)
    {
        List<(int Depth, string Name, string Value)> entries = [];
        List<DetailTable> tables = [];
        Collect(element, 0);
        var width = entries.Select(entry => (entry.Depth * Indent) + entry.Name.Length).DefaultIfEmpty().Max();
        return ([.. entries.Select(entry => Line(entry, width))], tables);

        void Collect(JsonElement from, int depth)
        {
            foreach (var member in from.EnumerateObject())
            {
                if (IsTable(member.Value))
                {
                    tables.Add(new DetailTable(Name(member.Name), ColumnsOf(member.Value), [.. member.Value.EnumerateArray()]));
                }
                else if (member.Value.ValueKind == JsonValueKind.Object && !IsCounts(member.Value))
                {
                    if (!member.Value.EnumerateObject().Any()) continue;
                    entries.Add((depth, Name(member.Name), ""));
                    Collect(member.Value, depth + 1);
                }
                else if (Value(member.Value, now) is { Length: > 0 } value)
                {
                    entries.Add((depth, Name(member.Name), value));
                }
            }
        }
    }

    /// <summary>A member's name as words: <c>oldestAcceptedAt</c> is <c>oldest accepted at</c>.</summary>
    public static string Name(string member) => string.Concat(Clean.Text(member)
        .Select((each, index) => char.IsAsciiLetterUpper(each) && index > 0 ? $" {char.ToLowerInvariant(each)}" : $"{each}"));

    private static string Line((int Depth, string Name, string Value) entry, int width) =>
        ($"{new string(' ', entry.Depth * Indent)}{entry.Name}".PadRight(width) + "  " + entry.Value).TrimEnd();

    private static string Value(JsonElement value, DateTimeOffset now) =>
        value.ValueKind == JsonValueKind.String && Ages.Read(value.GetString()) is { } time
            ? $"{Ages.Utc(time)} ({Ages.Relative(time, now)})"
            : value.Words();

    // Numbers alone stand in one line.
    private static bool IsCounts(JsonElement value) =>
        value.EnumerateObject().Any() && value.EnumerateObject().All(each => each.Value.ValueKind == JsonValueKind.Number);

    // An object that says what it means is shown by its text.
    private static string Cell(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.Get("text").ValueKind == JsonValueKind.String
            ? value.Get("text").Words() : value.Words();

    private static bool IsTable(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(each => each.ValueKind == JsonValueKind.Object);

    // Members without a value in all rows have no column.
    private static IReadOnlyList<Column> ColumnsOf(JsonElement list) => [.. list.EnumerateArray()
        .Where(row => row.ValueKind == JsonValueKind.Object).SelectMany(row => row.EnumerateObject())
        .Where(member => member.Value.Words().Length > 0)
        .GroupBy(member => member.Name, StringComparer.Ordinal)
        .Select(member => new Column(
            Name(member.Key),
            (row, _) => row.Time(member.Key) is { } time ? Ages.Utc(time) : Cell(row.Get(member.Key)),
            member.All(each => each.Value.ValueKind == JsonValueKind.Number)))];
}

/// <summary>A list of objects in the details of an object.</summary>
internal sealed record DetailTable(string Title, IReadOnlyList<Column> Columns, IReadOnlyList<JsonElement> Rows);
