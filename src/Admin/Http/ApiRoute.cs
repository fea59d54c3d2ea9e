using Postfleet.Admin.Options;

namespace Postfleet.Admin.Http;

/// <summary>
/// The description of a route: the scope of its callers, its parameters and its problems. The metadata of its endpoint, read by
/// <see cref="GateMiddleware"/>, by <see cref="QueryReader"/> and for the OpenAPI document.
/// </summary>
/// <param name="Id">The name of the operation in the OpenAPI document.</param>
/// <param name="Summary">The purpose of the route, in a few words.</param>
internal sealed record ApiRoute(string Id, string Summary)
{
    /// <summary>The default of <see cref="MaxBody"/>.</summary>
    public const long DefaultMaxBody = 64 << 10;

    /// <summary>More about the route.</summary>
    public string Description { get; init; } = "";

    /// <summary>The group of the route in the OpenAPI document.</summary>
    public string Tag { get; init; } = "Cluster";

    /// <summary>The required scope of a token.</summary>
    public ApiScope Scope { get; init; } = ApiScope.Read;

    /// <summary>Whether the route changes something. Its requests are then logged.</summary>
    public bool IsChange { get; init; }

    /// <summary>The parameters of the query.</summary>
    public IReadOnlyList<QueryParameter> Query { get; init; } = [];

    /// <summary>The header fields that the route reads.</summary>
    public IReadOnlyList<PathParameter> Headers { get; init; } = [];

    /// <summary>The parameters of the path.</summary>
    public IReadOnlyList<PathParameter> Path { get; init; } = [];

    /// <summary>The problems of the route, beside the problems of all routes.</summary>
    public IReadOnlyList<ProblemKind> Problems { get; init; } = [];

    /// <summary>All problems of the route.</summary>
    public IEnumerable<ProblemKind> AllProblems => Problems.Concat(
        [ProblemKind.Unauthorized, ProblemKind.Forbidden, ProblemKind.ForeignOrigin, ProblemKind.ForeignHost, ProblemKind.TooManyRequests,
            ProblemKind.Internal]);

    /// <summary>The content type of the body; null for routes without a body.</summary>
    public string? Accepts { get; init; }

    /// <summary>The longest body, in octets.</summary>
    public long MaxBody { get; init; } = DefaultMaxBody;
}

/// <summary>A parameter of the query.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Meaning">Its description for OpenAPI.</param>
/// <param name="Example">An allowed value.</param>
internal sealed record QueryParameter(string Name, string Meaning, string Example)
{
    /// <summary>The most characters of a value.</summary>
    public const int MaxLength = 1000;

    /// <summary>The largest allowed number; 0 for a text.</summary>
    public int MaxNumber { get; init; }

    /// <summary>The form of a text for OpenAPI, for example date-time; empty for none.</summary>
    public string Format { get; init; } = "";

    /// <summary>The allowed words; none for any text.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Whether the request must have the parameter.</summary>
    public bool Required { get; init; }

    /// <summary>The parameter <c>limit</c> of a list.</summary>
    public static QueryParameter Limit(int max, int standard) =>
        new("limit", $"The most entries of the answer; {standard} if it is missing.", "100") { MaxNumber = max };

    /// <summary>The parameter <c>cursor</c> of a list.</summary>
    public static QueryParameter Cursor { get; } =
        new("cursor", "The cursor of an earlier answer to the same request: the list continues behind it.", "MXxkZWZhdWx0OmEudGVzdA");
}

/// <summary>A parameter of the path, or a header field.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Meaning">Its description for OpenAPI.</param>
/// <param name="Example">A value.</param>
internal sealed record PathParameter(string Name, string Meaning, string Example);
