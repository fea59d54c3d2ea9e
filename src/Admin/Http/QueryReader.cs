using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Postfleet.Admin.Http;

/// <summary>Reads the query of a request by the parameters of its <see cref="ApiRoute"/>. Each fault is a problem with the
/// parameter, its value and the allowed values.</summary>
internal sealed class QueryReader
{
    private readonly ApiRoute _route;
    private readonly IQueryCollection _query;

    /// <summary>Begins with the query of a request, which must have only parameters of its route, each once.</summary>
    /// <exception cref="ProblemException">A parameter is unknown, repeated or too long.</exception>
    public QueryReader(HttpContext http)
    {
        _route = http.GetEndpoint()!.Metadata.GetMetadata<ApiRoute>()!;
        _query = http.Request.Query;
        if (!IsUtf8(http.Request.QueryString)) throw Wrong("the query has octets that are no UTF-8; allowed: UTF-8, escaped by %");
        foreach (var (name, values) in _query)
        {
            if (!_route.Query.Any(parameter => parameter.Name == name))
                throw Wrong($"{Cut(name)} is no parameter of this route; allowed: {Names()}");
            if (values.Count > 1) throw Wrong($"{name} is given {values.Count} times; allowed: once");
            if (values[0]!.Length > QueryParameter.MaxLength)
                throw Wrong($"{name} has {values[0]!.Length} characters; allowed: {QueryParameter.MaxLength}");
            if (values[0]!.Any(char.IsControl)) throw Wrong($"{name} has control characters; allowed: a line of text");
        }
    }

    /// <summary>A text; null if it is missing. An empty text is refused: a script with an unset variable would get everything.</summary>
    public string? Text(string name)
    {
        if (!_query.TryGetValue(name, out var given))
            return Parameter(name).Required ? throw Wrong($"{name} is missing; allowed: {Parameter(name).Meaning}") : null;
        if (StringValues.IsNullOrEmpty(given)) throw Wrong($"{name} is empty; allowed: {Parameter(name).Meaning}");
        var words = Parameter(name).Words;
        var text = given.ToString();
        return words.Count == 0 || words.Contains(text) ? text : throw Wrong(name, text, string.Join(", ", words));
    }

    /// <summary>A whole number of 1 to the largest allowed number.</summary>
    public int Number(string name, int standard)
    {
        if (Text(name) is not { } text) return standard;
        var max = Parameter(name).MaxNumber;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= 1
            && number <= max
            ? number
            : throw Wrong(name, text, $"a whole number of 1 to {max}");
    }

    /// <summary>A time of RFC 3339; null if it is missing.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text) return null;
        return TryReadTime(text, out var time) ? time : throw Wrong(name, text, "a time as in 2026-11-29T18:00:00Z");
    }

    /// <summary>Reads a time of RFC 3339.</summary>
    public static bool TryReadTime(string text, out DateTimeOffset time) =>
        // An unencoded plus sign is a space in a query.
        DateTimeOffset.TryParse(
            text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out time)
        && text.Length > 0 && char.IsAsciiDigit(text[0]) && text.Contains('T', StringComparison.Ordinal);

    /// <summary>A text of some form; the default value if it is missing.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="allowed">The form, in words.</param>
    /// <param name="parse">Reads the text; null for a text of another form.</param>
    public T? Parse<T>(string name, string allowed, Func<string, T?> parse)
        where T : class => Text(name) is { } text ? parse(text) ?? throw Wrong(name, text, allowed) : null;

    /// <summary>The problem of a value.</summary>
    public static ProblemException Wrong(string name, string value, string allowed) => Wrong($"{name} is '{value}'; allowed: {allowed}");

    // The decoder of the framework leaves other octets escaped, as if they were text.
    private static bool IsUtf8(QueryString query)
    {
        var octets = Encoding.UTF8.GetBytes(query.Value ?? "");
        return Utf8.IsValid(WebUtility.UrlDecodeToBytes(octets, 0, octets.Length));
    }

    private static string Cut(string name) => name.Length <= 100 ? name : name[..100] + "...";

    private static ProblemException Wrong(string detail) => new(ProblemKind.BadParameter, detail);

    private QueryParameter Parameter(string name) => _route.Query.First(parameter => parameter.Name == name);

    private string Names() => _route.Query.Count == 0 ? "none" : string.Join(", ", _route.Query.Select(parameter => parameter.Name));
}
