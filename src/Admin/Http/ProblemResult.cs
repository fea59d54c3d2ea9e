using Microsoft.AspNetCore.Http;
using Postfleet.Admin.Api;

namespace Postfleet.Admin.Http;

/// <summary>An answer of the type <c>application/problem+json</c> (RFC 9457).</summary>
internal sealed class ProblemResult(ProblemKind kind, string detail) : IResult
{
    /// <summary>The content type.</summary>
    public const string MediaType = "application/problem+json";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = kind.Status;
        response.Headers.CacheControl = "no-store";
        return response.WriteAsJsonAsync(
            new Problem(kind.Type, kind.Title, kind.Status, detail), ApiJson.Default.Problem, MediaType, httpContext.RequestAborted);
    }
}
