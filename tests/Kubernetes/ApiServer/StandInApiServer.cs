using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Testing;
using static Postfleet.Kubernetes.Tests.ApiServer.Replies;

namespace Postfleet.Kubernetes.Tests.ApiServer;

/// <summary>
/// A small stand-in for the API server of Kubernetes: discovery, objects and watches, for Helm and kubectl. Objects of known types are read
/// strictly when they are written, as the real server does with strict field validation. Controllers make pods ready, unless they are
/// told not to.
/// </summary>
internal sealed class StandInApiServer : IAsyncDisposable
{
    private readonly TempFolder _folder = new("kube");
    private readonly WebApplication _app;
    private volatile bool _arePodsReady = true;

    private StandInApiServer(WebApplication app) => _app = app;

    /// <summary>The kubeconfig for clients.</summary>
    public string KubeConfig => _folder["config"];

    /// <summary>The objects.</summary>
    public ObjectStore Objects { get; } = new();

    /// <summary>Objects that were refused, with the reason.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    /// <summary>Whether pods become ready.</summary>
    public bool ArePodsReady
    {
        get => _arePodsReady;
        set
        {
            _arePodsReady = value;
            foreach (var path in Objects.Paths()) Control(path);
        }
    }

    /// <summary>Starts a server with an empty namespace.</summary>
    public static async Task<StandInApiServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new StandInApiServer(app);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        server.Objects.Put(
            $"v1/namespaces//{Chart.Namespace}",
            new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = Chart.Namespace } });
        await File.WriteAllTextAsync(server.KubeConfig, $$"""
            { "apiVersion": "v1", "kind": "Config", "current-context": "test",
              "clusters": [ { "name": "test", "cluster": { "server": "{{app.Urls.First()}}" } } ],
              "users": [ { "name": "test", "user": {} } ],
              "contexts": [ { "name": "test", "context": { "cluster": "test", "user": "test", "namespace": "{{Chart.Namespace}}" } } ] }
            """);
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    private Task HandleAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!.Trim('/').Split('/');
        return path switch
        {
            ["version"] => WriteAsync(http, new JsonObject { ["major"] = "1", ["minor"] = "35", ["gitVersion"] = "v1.35.0" }),
            ["api"] => WriteAsync(http, new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") }),
            ["openapi", "v3"] => WriteAsync(http, OpenApiPages.Index()),
            ["openapi", "v3", "api", var version] => WriteAsync(http, OpenApiPages.Page(version)),
            ["openapi", "v3", "apis", var group, var version] => WriteAsync(http, OpenApiPages.Page($"{group}/{version}")),
            ["apis"] => WriteAsync(http, ApiResource.Groups()),
            ["api", var version] => WriteAsync(http, ApiResource.Resources(version)),
            ["apis", var group, var version] => WriteAsync(http, ApiResource.Resources($"{group}/{version}")),
            ["api", var version, .. var rest] => RouteAsync(http, version, rest),
            ["apis", var group, var version, .. var rest] => RouteAsync(http, $"{group}/{version}", rest),
            _ => FailAsync(http, 404, "NotFound", $"no {http.Request.Path}"),
        };
    }

    private Task RouteAsync(HttpContext http, string groupVersion, string[] rest)
    {
        var (space, plural, name) = rest switch
        {
            ["namespaces", var only] => ("", "namespaces", only),
            ["namespaces", var inside, var each] => (inside, each, null),
            ["namespaces", var inside, var each, var named, ..] => (inside, each, named),
            [var each] => ("", each, null),
            _ => ("", "", (string?)null),
        };
        var resource = ApiResource.All.FirstOrDefault(each => each.GroupVersion == groupVersion && each.Plural == plural);
        if (resource is null) return FailAsync(http, 404, "NotFound", $"no {plural} in {groupVersion}");
        // In all namespaces, a list has the prefix of the resource alone.
        var prefix = $"{groupVersion}/{plural}/" + (space.Length > 0 || !resource.IsNamespaced ? $"{space}/" : "");
        return (http.Request.Method, name) switch
        {
            ("GET", null) when http.Request.Query["watch"] == "true" || http.Request.Query["watch"] == "1" =>
                WatchAsync(http, resource, prefix),
            ("GET", null) => WriteAsync(http, new JsonObject
            {
                ["kind"] = $"{resource.Kind}List",
                ["apiVersion"] = groupVersion,
                ["metadata"] = new JsonObject { ["resourceVersion"] = Objects.Version },
                ["items"] = new JsonArray([.. Objects.List(prefix + SelectedName(http))]),
            }),
            ("POST", null) => WriteObjectAsync(http, resource, prefix, null),
            ("PUT" or "PATCH", { } named) => WriteObjectAsync(http, resource, prefix, named),
            ("GET", { } named) => Objects.Find(prefix + named) is { } found
                ? WriteAsync(http, found) : FailAsync(http, 404, "NotFound", $"{plural} \"{named}\" not found"),
            ("DELETE", { } named) => Objects.Remove(prefix + named) is { } removed
                ? WriteAsync(http, removed) : FailAsync(http, 404, "NotFound", $"{plural} \"{named}\" not found"),
            _ => FailAsync(http, 405, "MethodNotAllowed", http.Request.Method),
        };
    }

    private async Task WriteObjectAsync(HttpContext http, ApiResource resource, string prefix, string? name)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        var isApply = http.Request.ContentType?.StartsWith("application/apply-patch", StringComparison.Ordinal) == true;
        if (http.Request.Method == "PATCH" && !isApply)
        {
            await FailAsync(http, 415, "UnsupportedMediaType", $"{http.Request.ContentType}: clients are expected to apply on the server");
            return;
        }

        RenderedObject written;
        try
        {
            written = Manifest.Read(body).Objects.Single();
            _ = written.Typed.Value;
            if (written.Kind != resource.Kind || written.ApiVersion != resource.GroupVersion)
                throw new InvalidDataException($"{written.ApiVersion} {written.Kind} at {resource.GroupVersion} {resource.Plural}");
        }
        catch (Exception e) when (
            e is YamlDotNet.Core.YamlException or InvalidDataException or InvalidOperationException or FormatException)
        {
            Refused.Enqueue($"{resource.Kind} {name}: {e.Message} {e.InnerException?.Message}");
            await FailAsync(http, 400, "BadRequest", $"strict decoding error: {e.Message} {e.InnerException?.Message}");
            return;
        }

        var path = prefix + written.Name;
        var old = Objects.Find(path);
        if (http.Request.Method == "POST" && old is not null)
        {
            await FailAsync(http, 409, "AlreadyExists", $"{resource.Plural} \"{written.Name}\" already exists");
            return;
        }

        if (http.Request.Query.ContainsKey("dryRun"))
        {
            await WriteAsync(http, written.Json);
            return;
        }

        Controllers.SetDefaults(written.Json);
        var stored = Objects.Put(path, written.Json);
        await WriteAsync(http, stored, old is null ? 201 : 200);
        Control(path);
    }

    private void Control(string path)
    {
        if (Objects.Find(path) is not { } found || Controllers.Status(found, ArePodsReady) is not { } status) return;
        found["status"] = status;
        Objects.Put(path, found);
    }

    private async Task WatchAsync(HttpContext http, ApiResource resource, string prefix)
    {
        var (now, events, end) = Objects.Watch(prefix + SelectedName(http));
        try
        {
            http.Response.ContentType = "application/json";
            await http.Response.StartAsync(http.RequestAborted);
            if (http.Request.Query["sendInitialEvents"] == "true")
            {
                foreach (var each in now) await SendAsync(new JsonObject { ["type"] = "ADDED", ["object"] = each });
                var metadata = new JsonObject
                {
                    ["resourceVersion"] = Objects.Version,
                    ["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" },
                };
                await SendAsync(new JsonObject
                {
                    ["type"] = "BOOKMARK",
                    ["object"] =
                        new JsonObject { ["kind"] = resource.Kind, ["apiVersion"] = resource.GroupVersion, ["metadata"] = metadata },
                });
            }

            else if (long.TryParse(http.Request.Query["resourceVersion"], out var seen))
            {
                foreach (var each in now
                    .Where(each => long.Parse((string)each["metadata"]!["resourceVersion"]!, CultureInfo.InvariantCulture) > seen))
                    await SendAsync(new JsonObject { ["type"] = "MODIFIED", ["object"] = each });
            }

            await foreach (var each in events.ReadAllAsync(http.RequestAborted)) await SendAsync(each);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or the server stops.
        }
        finally
        {
            end();
        }

        async Task SendAsync(JsonObject each)
        {
            await http.Response.WriteAsync(each.ToJsonString() + "\n", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
        }
    }

    private static string SelectedName(HttpContext http) =>
        http.Request.Query["fieldSelector"].ToString() is { Length: > 0 } selector
            && selector.StartsWith("metadata.name=", StringComparison.Ordinal)
            ? selector["metadata.name=".Length..] : "";
}
