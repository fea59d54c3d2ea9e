using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Suppression;
using Postfleet.Contracts.Users;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Http;

/// <summary>
/// Answers each failed request with a problem: exceptions, and status codes without a body, as routing gives them. Requests call it on
/// their threads.
/// </summary>
internal sealed class ProblemMiddleware(ILoggerFactory loggers)
{
    // Values of requests are repeated in details.
    private const int MaxDetail = 2000;

    private readonly ILogger _logger = loggers.CreateLogger("Admin");

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
            if (!HasAnswer(http.Response)) await WriteAsync(http, Of(http.Response.StatusCode), Describe(http));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has closed the connection, so nobody reads an answer.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            var (kind, detail) = Of(e, http);
            await WriteAsync(http, kind, detail);
        }
    }

    private static bool HasAnswer(HttpResponse response) =>
        response.HasStarted || response.StatusCode < StatusCodes.Status400BadRequest || response.ContentType is not null;

    private static async Task WriteAsync(HttpContext http, ProblemKind kind, string detail)
    {
        // The answers to HEAD and to unknown methods of the same route have the headers of routing, for example Allow.
        await new ProblemResult(kind, detail.Length <= MaxDetail ? detail : detail[..MaxDetail] + "...").ExecuteAsync(http);
    }

    private (ProblemKind Kind, string Detail) Of(Exception exception, HttpContext http)
    {
        switch (exception)
        {
            case ProblemException problem:
                return (problem.Kind, problem.Message);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } large:
                return (ProblemKind.TooLarge, large.Message);
            case BadHttpRequestException bad:
                return (ProblemKind.BadRequest, bad.Message);
            case SpoolUnavailableException or UsersUnavailableException or BudgetsUnavailableException or SuppressionUnavailableException:
                return (ProblemKind.StorageUnavailable, "the storage does not answer; try again later");
            default:
                AdminLog.RequestFailed(_logger, exception, http.Request.Method, http.Request.Path);
                return (ProblemKind.Internal, "the node failed to answer; its log has the event 'api request failed'");
        }
    }

    private static ProblemKind Of(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => ProblemKind.Unauthorized,
        StatusCodes.Status403Forbidden => ProblemKind.Forbidden,
        StatusCodes.Status404NotFound => ProblemKind.NotFound,
        StatusCodes.Status405MethodNotAllowed => ProblemKind.MethodNotAllowed,
        StatusCodes.Status413PayloadTooLarge => ProblemKind.TooLarge,
        StatusCodes.Status415UnsupportedMediaType => ProblemKind.ContentType,
        >= StatusCodes.Status500InternalServerError => ProblemKind.Internal,
        _ => ProblemKind.BadRequest,
    };

    private static string Describe(HttpContext http)
    {
        var (request, response) = (http.Request, http.Response);
        return response.StatusCode switch
        {
            StatusCodes.Status401Unauthorized => "the request needs the header 'Authorization: Bearer' with a token of the API",
            StatusCodes.Status403Forbidden => "the token has another scope; allowed: a token of the scope read or operate",
            StatusCodes.Status404NotFound => $"no route {request.Path}; the routes are in /openapi/v1.json",
            StatusCodes.Status405MethodNotAllowed =>
                $"{request.Path} does not have the method {request.Method}; allowed: {response.Headers.Allow}",
            StatusCodes.Status415UnsupportedMediaType =>
                $"the content type is '{request.ContentType}'; allowed: {http.GetEndpoint()?.Metadata.GetMetadata<ApiRoute>()?.Accepts
                    ?? "application/json"}",
            var status => $"{request.Method} {request.Path} gives the status {status}",
        };
    }
}
