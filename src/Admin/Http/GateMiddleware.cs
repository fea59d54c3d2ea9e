using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Postfleet.Admin.Options;
using Postfleet.Core.Units;

namespace Postfleet.Admin.Http;

/// <summary>
/// Checks the scope and the rate of the caller of a route, and logs requests for changes. Requests call it on their threads.
/// </summary>
internal sealed class GateMiddleware(ApiTokens tokens, TimeProvider time, ILoggerFactory loggers)
{
    private const int MaxPath = 500;

    // Guesses of tokens from all clients together.
    private static readonly Rate MaxRefused = Rate.TryParse("20/s", out var rate) ? rate : default;

    private readonly ILogger _logger = loggers.CreateLogger("Admin");
    private readonly RequestRate _refused = new(MaxRefused, time);

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<ApiRoute>() is not { } route)
        {
            await next(http);
            return;
        }

        var caller = tokens.Find(http.Request);
        if (route.IsChange && caller is not null)
        {
            http.Response.OnCompleted(() =>
            {
                Log(http, caller);
                return Task.CompletedTask;
            });
        }

        Admit(http, route, caller);
        await next(http);
    }

    /// <summary>The name of the caller, which is the author of its orders.</summary>
    public static string Author(HttpContext http) => http.Features.GetRequiredFeature<ApiCaller>().Name;

    private void Admit(HttpContext http, ApiRoute route, ApiCaller? caller)
    {
        if (caller is null)
        {
            if (_refused.Take() is { } pause) throw TooMany(http, pause, "requests without a token of the API are limited to 20/s");
            http.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ProblemException(
                ProblemKind.Unauthorized,
                "the request needs the header 'Authorization: Bearer' with the token of Admin:Token or of Admin:Tokens");
        }

        if (caller.Rate.Take() is { } wait)
            throw TooMany(http, wait, $"requests with the token '{caller.Name}' are limited to {caller.Rate.Max} by Admin:MaxRate");
        if (!caller.May(route.Scope))
        {
            throw new ProblemException(
                ProblemKind.Forbidden,
                $"the token '{caller.Name}' has the scope {Write(caller.Scope)}; allowed: a token of the scope {Allowed(route.Scope)}");
        }

        // Routing refuses other types alone, and a page in a browser may send a body without a type to any site.
        if (route.Accepts is { } type && string.IsNullOrEmpty(http.Request.ContentType))
            throw new ProblemException(ProblemKind.ContentType, $"the request lacks the header Content-Type; allowed: {type}");
        http.Features.Set(caller);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = route.MaxBody;
    }

    private static ProblemException TooMany(HttpContext http, TimeSpan wait, string detail)
    {
        http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return new ProblemException(ProblemKind.TooManyRequests, $"{detail}; try again in {wait.TotalSeconds:0.###} s");
    }

    private static string Allowed(ApiScope scope) => scope == ApiScope.Operate ? "operate" : $"{Write(scope)} or operate";

    private static string Write(ApiScope scope) => scope switch
    {
        ApiScope.Read => "read",
        ApiScope.Inject => "inject",
        _ => "operate",
    };

    private void Log(HttpContext http, ApiCaller caller)
    {
        var path = http.Request.Path.ToString();
        AdminLog.Changed(
            _logger, http.Request.Method, path.Length > MaxPath ? path[..MaxPath] : path, caller.Name,
            http.Connection.RemoteIpAddress?.ToString() ?? "", http.Response.StatusCode, http.Response.Headers.Location.ToString());
    }
}
