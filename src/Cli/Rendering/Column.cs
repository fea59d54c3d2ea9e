using System.Globalization;
using System.Text.Json;

namespace Postfleet.Cli.Rendering;

/// <summary>A column of a table.</summary>
/// <param name="Header">The header.</param>
/// <param name="Cell">The text of a row, given the time of now; empty for none.</param>
/// <param name="IsNumber">Whether the column is aligned to the right.</param>
internal sealed record Column(string Header, Func<JsonElement, DateTimeOffset, string> Cell, bool IsNumber = false)
{
    /// <summary>The number by which rows are sorted, the largest on top; null for a column sorted by its text.</summary>
    public Func<JsonElement, DateTimeOffset, double>? Order { get; init; }

    /// <summary>Whether tables leave the column out while no row has a number other than 0 in it.</summary>
    public bool IsRare { get; init; }

    /// <summary>A member as it is.</summary>
    public static Column Text(string header, string member) => new(header, (row, _) => row.Get(member).Words());

    /// <summary>A number.</summary>
    public static Column Number(string header, string member) => new(header, (row, _) => row.Get(member).Words(), IsNumber: true)
    {
        Order = (row, _) => row.Number(member),
    };

    /// <summary>The time since a member.</summary>
    public static Column Age(string header, string member) =>
        new(header, (row, now) => row.Time(member) is { } time ? Ages.Short(now - time) : "", IsNumber: true)
        {
            Order = (row, now) => row.Time(member) is { } time ? (now - time).TotalSeconds : double.MinValue,
        };

    /// <summary>The time until a member; <c>now</c> for a time in the past.</summary>
    public static Column Until(string header, string member) =>
        new(header, (row, now) => row.Time(member) is not { } time ? "" : time > now ? Ages.Short(time - now) : "now", IsNumber: true)
        {
            // The soonest is on top.
            Order = (row, now) => row.Time(member) is { } time ? (now - time).TotalSeconds : double.MinValue,
        };

    /// <summary>A time in UTC.</summary>
    public static Column Time(string header, string member) =>
        new(header, (row, _) => row.Time(member) is { } time ? Ages.Utc(time) : "");
}

/// <summary>Reads the JSON of answers. Missing members count as null, because nodes of other versions may answer.</summary>
internal static class JsonReading
{
    /// <summary>A member; an undefined element if it is missing.</summary>
    public static JsonElement Get(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) ? value : default;

    /// <summary>The elements of a list member; empty if the member is missing.</summary>
    public static IReadOnlyList<JsonElement> List(this JsonElement element, string member) =>
        element.Get(member) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    /// <summary>The time in a member; null if the member has none.</summary>
    public static DateTimeOffset? Time(this JsonElement element, string member) =>
        element.Get(member) is { ValueKind: JsonValueKind.String } value ? Ages.Read(value.GetString()) : null;

    /// <summary>A number; 0 for none.</summary>
    public static long Number(this JsonElement element, string member) =>
        element.Get(member) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : 0;

    /// <summary>A value as a line of text; empty for null.</summary>
    public static string Words(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Clean.Text(value.GetString()!),
        JsonValueKind.Number => value.TryGetInt64(out var whole) ? whole.ToString(CultureInfo.InvariantCulture) : value.GetRawText(),
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Words)),
        JsonValueKind.Object => string.Join(" ", value.EnumerateObject()
            .Where(each => Words(each.Value).Length > 0).Select(each => $"{Clean.Text(each.Name)}={Words(each.Value)}")),
        _ => "",
    };
}
