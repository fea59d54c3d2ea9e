using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Core.Concurrency;

namespace Postfleet.Admin.Metrics;

/// <summary>Maps <c>/metrics</c>, the metrics of this node in the formats of Prometheus and OpenMetrics.</summary>
internal static class MetricsEndpoint
{
    /// <summary>Maps the endpoint, unless metrics are off.</summary>
    /// <param name="routes">The routes of the admin endpoint.</param>
    /// <param name="find">Finds the caller by the token of a request; null without a token of the API.</param>
    public static void MapMetrics(this IEndpointRouteBuilder routes, Func<HttpRequest, ApiCaller?> find)
    {
        var settings = routes.ServiceProvider.GetRequiredService<Current<AdminSettings>>();
        if (!settings.Value.Metrics.Enabled) return;
        var export = routes.ServiceProvider.GetRequiredService<MetricsExport>();
        routes.MapPrometheusScrapingEndpoint("/metrics", export.Provider, Prepare, optionsName: null)
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get]));

        void Prepare(IApplicationBuilder app) => app.Use(async (HttpContext http, RequestDelegate next) =>
        {
            if (settings.Value.Metrics.NeedsToken && find(http.Request) is var caller && caller?.May(ApiScope.Read) != true)
            {
                http.Response.StatusCode = caller is null ? StatusCodes.Status401Unauthorized : StatusCodes.Status403Forbidden;
                if (caller is null) http.Response.Headers.WWWAuthenticate = "Bearer";
                return;
            }

            await export.RefreshAsync(http.RequestAborted);
            await next(http);
        });
    }
}
