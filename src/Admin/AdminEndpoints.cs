using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Metrics;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tracing;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Admin;

/// <summary>
/// Registers the services of the admin API and maps its endpoints: health, queues and captured mail. <c>NodeHost</c> calls it at start.
/// </summary>
public static class AdminEndpoints
{
    /// <summary>Most captured messages in a response.</summary>
    public const int MaxListed = 1000;

    private static readonly string[] Probes = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Adds the services of the endpoints.</summary>
    /// <param name="services">The services of the node.</param>
    /// <param name="settings">The settings. With a token, requests need it as <c>Authorization: Bearer</c>; health endpoints do
    /// not.</param>
    public static IServiceCollection AddAdmin(this IServiceCollection services, AdminSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return services.AddSingleton(settings).AddSingleton(new AdminToken(settings.Admin.Token)).AddRoutingCore()
            .AddSingleton<ClusterStatistics>().AddSingleton<UnclaimedMail>().AddSingleton<NodeReader>().AddSingleton<MetricsExport>()
                .AddSingleton<TraceExport>()
            .AddSingleton<IClusterModule, AdminModule>();
    }

    /// <summary>Maps the endpoints.</summary>
    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        // Some load balancers probe with HEAD.
        routes.MapMethods("/healthz/live", Probes, () => Results.Text("live\n"));
        routes.MapMethods("/healthz/ready", Probes, ReadyAsync);
        // Begins to listen before the modules start.
        _ = routes.ServiceProvider.GetRequiredService<TraceExport>();
        routes.MapMetrics(routes.ServiceProvider.GetRequiredService<AdminToken>().Allows);
        var api = routes.MapGroup("/api/v1").AddEndpointFilter(AuthorizeAsync);
        api.MapCluster();
        api.MapGet("/captured", CapturedAsync);
        api.MapGet("/captured/{id}", CapturedContentAsync);
    }

    private static async ValueTask<object?> AuthorizeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (http.RequestServices.GetRequiredService<AdminToken>().Allows(http.Request)) return await next(context);
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Results.Json(
            new { error = "the request needs the header 'Authorization: Bearer' with the token of Admin:Token" }, statusCode: 401);
    }

    private static async Task<IResult> ReadyAsync(IEnumerable<IReadinessCheck> checks, CancellationToken cancellationToken)
    {
        var results = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var isReady = true;
        foreach (var check in checks)
        {
            var problem = await check.CheckAsync(cancellationToken);
            isReady &= problem is null || check.IsAdvisory;
            results[check.Name] = problem ?? "ok";
        }

        return Results.Json(new { ready = isReady, checks = results }, statusCode: isReady ? 200 : 503);
    }

    private static async Task<IResult> CapturedAsync(ICaptureStore captured, int? limit, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > MaxListed)
            return Results.Json(new { error = $"limit is {limit}; it must be 1 to {MaxListed}" }, statusCode: 400);
        var messages = await captured.ListAsync(limit ?? 100, cancellationToken);
        return Results.Json(new
        {
            messages = messages.Select(message => new CapturedView(
            message.Id.ToString(), message.Queue.Value, message.CapturedAt, message.ReversePath, message.Recipients, message.Size,
            message.Subject))
        });
    }

    private static async Task<IResult> CapturedContentAsync(string id, ICaptureStore captured, HttpContext http)
    {
        if (!MessageId.TryParse(id, out var message))
            return Results.Json(new { error = $"'{id}' is not a message id: {MessageId.TextLength} letters and digits" }, statusCode: 400);
        if (await captured.ReadContentAsync(message, http.RequestAborted) is not { } content)
            return Results.Json(new { error = $"no captured message {id}" }, statusCode: 404);
        // A browser must show a captured message as text and never run it as a page of this site.
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.ContentSecurityPolicy = "sandbox";
        http.Response.ContentType = "message/rfc822";
        http.Response.ContentLength = content.Length;
        foreach (var segment in content.Octets) await http.Response.Body.WriteAsync(segment, http.RequestAborted);
        return Results.Empty;
    }
}
