using System.Globalization;

namespace Postfleet.Cli.Api;

/// <summary>Builds the path of a request with its query.</summary>
internal static class ApiQuery
{
    /// <summary>A path with its parameters. Parameters without a value are left out.</summary>
    public static string Path(string path, params (string Name, object? Value)[] parameters)
    {
        var query = string.Join('&', parameters.Where(each => each.Value is not null)
            .Select(each => $"{each.Name}={Escape(Convert.ToString(each.Value, CultureInfo.InvariantCulture)!)}"));
        return query.Length == 0 ? path : $"{path}?{query}";
    }

    /// <summary>A text as a segment of a path or a value of a query.</summary>
    public static string Escape(string text) => Uri.EscapeDataString(text);
}
