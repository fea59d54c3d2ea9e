using System.Diagnostics;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Actions;
using Postfleet.Admin.Api;
using Postfleet.Admin.Dkim;
using Postfleet.Admin.Events;
using Postfleet.Admin.Http;
using Postfleet.Admin.Injection;
using Postfleet.Admin.Messages;
using Postfleet.Admin.Messaging;
using Postfleet.Admin.Metrics;
using Postfleet.Admin.OpenApi;
using Postfleet.Admin.Options;
using Postfleet.Admin.Queues;
using Postfleet.Admin.Suppressions;
using Postfleet.Admin.Tracing;
using Postfleet.Admin.Users;
using Postfleet.Configuration;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Classification;
using Postfleet.Core.Concurrency;

namespace Postfleet.Admin;

/// <summary>
/// Registers the services of the admin API and maps its endpoints: health, metrics and the API. <c>NodeHost</c> calls it at start.
/// </summary>
public static class AdminEndpoints
{
    private static readonly string[] Probes = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Adds the services of the endpoints.</summary>
    /// <param name="services">The services of the node.</param>
    /// <param name="settings">The settings. With tokens, requests need a token as <c>Authorization: Bearer</c>; health endpoints do
    /// not.</param>
    public static IServiceCollection AddAdmin(this IServiceCollection services, AdminSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        services.AddSingleton(new Current<AdminSettings>(settings))
            // Services of the whole process get the settings of the start, requests those in force.
            .AddTransient(provider => provider.GetRequiredService<Current<AdminSettings>>().Value)
            .AddSingleton<IReloadable<AdminSettings>, AdminReload>().AddRoutingCore().AddLogging()
            .AddSingleton<ApiTokens>().AddHostedService(provider => provider.GetRequiredService<ApiTokens>())
            .AddSingleton<ProblemMiddleware>().AddSingleton<HostMiddleware>().AddSingleton<GateMiddleware>();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        ApiDocument.RegisterDocument(services, settings.Version);
        return services.AddSingleton<DepartedNodes>().AddSingleton<ClusterStatistics>()
            .AddSingleton<IClusterReports>(provider => provider.GetRequiredService<ClusterStatistics>()).AddSingleton<ActionCounter>()
            .AddSingleton<QueueInquiry>().AddSingleton<PartInquiry>()
            .AddSingleton<InjectionMemory>().AddSingleton<InjectionChecks>().AddSingleton<EventHub>()
            .AddSingleton(provider => new MessageMapping(provider.GetService<BounceClassifier>() ?? BounceClassifier.Shipped))
            .AddSingleton<UnclaimedMail>().AddSingleton<NodeReader>()
            .AddSingleton<MetricsExport>().AddSingleton<TraceExport>().AddSingleton<IClusterModule, AdminModule>();
    }

    /// <summary>Lets the endpoint answer requests that the server refuses, such as a malformed line, with a problem, too.</summary>
    /// <param name="listen">The listener of the admin endpoint.</param>
    public static void AnswerRefusals(this ListenOptions listen) =>
        listen.Use(next => connection => RefusalWriter.RunAsync(connection, next));

    /// <summary>Maps the endpoints, with the answers to requests for others.</summary>
    public static void UseAdmin(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Services.GetRequiredService<DiagnosticListener>().Subscribe(new RefusedRequests(), RefusedRequests.IsRefusal);
        app.Use((HttpContext http, RequestDelegate next) =>
            http.RequestServices.GetRequiredService<ProblemMiddleware>().InvokeAsync(http, next));
        app.Use((HttpContext http, RequestDelegate next) =>
            http.RequestServices.GetRequiredService<HostMiddleware>().InvokeAsync(http, next));
        app.UseRouting();
        app.Use((HttpContext http, RequestDelegate next) =>
            http.RequestServices.GetRequiredService<GateMiddleware>().InvokeAsync(http, next));
        // Some load balancers probe with HEAD.
        app.MapMethods("/healthz/live", Probes, () => Results.Text("live\n")).ExcludeFromDescription();
        app.MapMethods("/healthz/ready", Probes, ReadyAsync).ExcludeFromDescription();
        // Begins to listen before the modules start.
        _ = app.Services.GetRequiredService<TraceExport>();
        app.MapMetrics(request => request.HttpContext.RequestServices.GetRequiredService<ApiTokens>().Find(request));
        var api = app.MapGroup("/api/v1");
        api.MapCluster();
        api.MapReload();
        api.MapQueues();
        api.MapDestinations();
        api.MapRoutes();
        api.MapActions();
        api.MapMessages();
        api.MapInjection();
        api.MapEvents();
        api.MapUsers();
        api.MapDkim();
        api.MapSuppressions();
        api.MapCaptured();
        app.MapDocument();
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
}
