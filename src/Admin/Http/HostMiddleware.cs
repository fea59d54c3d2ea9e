using System.Net;
using Microsoft.AspNetCore.Http;
using Postfleet.Admin.Options;
using Postfleet.Core.Concurrency;

namespace Postfleet.Admin.Http;

/// <summary>
/// Protects an endpoint without tokens from pages in a browser on the same machine. A name of the page's site may resolve to a loopback
/// address (DNS rebinding), so the header Host must name loopback. A page of another origin must not change anything.
/// With tokens nothing is checked here: a browser sends no token for a page of another site. Requests call it on their threads.
/// </summary>
internal sealed class HostMiddleware(Current<AdminSettings> settings)
{
    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var isProbe = http.Request.Path.StartsWithSegments("/healthz", StringComparison.Ordinal);
        if (!isProbe && !settings.Value.Admin.AllTokens().Any()) Check(http.Request);
        return next(http);
    }

    private static void Check(HttpRequest request)
    {
        if (!IsOurs(request.Host.Host))
        {
            throw new ProblemException(
                ProblemKind.ForeignHost,
                $"the header Host is '{request.Host}'; allowed while no token is configured: localhost, 127.0.0.1, [::1]");
        }

        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0 || HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) return;
        if (origin != $"{request.Scheme}://{request.Host}")
        {
            throw new ProblemException(
                ProblemKind.ForeignOrigin,
                $"the header Origin is '{origin}'; allowed while no token is configured: {request.Scheme}://{request.Host}");
        }
    }

    // Without tokens the endpoint is on loopback. A request of HTTP/1.0 may lack the header; browsers send it.
    private static bool IsOurs(string host) => host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
