using System.Globalization;
using Postfleet.Cli.Common;

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

    /// <summary>
    /// The name of an entry as a segment of a path. An empty text, as from an unset variable of a shell, would name the list; so would
    /// one and two dots, which a URL leaves out.
    /// </summary>
    /// <param name="name">The argument of the command line.</param>
    /// <param name="text">Its value.</param>
    /// <exception cref="VerbException">The text names no entry.</exception>
    public static string Segment(string name, string text) => text is "" or "." or ".."
        ? throw new VerbException(ExitCode.WrongUse, $"{name} is '{text}'; allowed: the name of one entry")
        : Escape(text);

    /// <summary>A text as a segment of a path or a value of a query.</summary>
    public static string Escape(string text) => Uri.EscapeDataString(text);
}
