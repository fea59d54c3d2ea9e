using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Akka.Actor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Fakes;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Spool.Common;
using Postfleet.Testing.Fakes;

namespace Postfleet.Admin.Tests;

/// <summary>The admin endpoint of a node that is alone, over fakes.</summary>
internal sealed class AdminHost : IAsyncDisposable
{
    private readonly ActorSystem _system = AdminSystems.Create();
    private readonly WebApplication _app;

    private AdminHost(AdminOptions options, TimeProvider time, Action<IServiceCollection> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.AnswerRefusals()));
        builder.Services.AddAdmin(new AdminSettings(options, new MetricsOptions { Enabled = false })).AddSingleton(Stats)
            .AddSingleton<ShardRegions>().AddSingleton<ICaptureStore>(new FakeCapture()).AddSingleton<IPartLedger>(new MemorySpool())
            .AddSingleton(time).WithFakes(Actions, Mail, Feed, Users, Budgets, Takeovers, SigningKeys, Suppressions);
        configure(builder.Services);
        builder.Logging.AddProvider(new CollectorProvider(Log));
        _app = builder.Build();
        _app.UseAdmin();
    }

    /// <summary>The counts of the node.</summary>
    public NodeStats Stats { get; } = new();

    /// <summary>The actions of the cluster.</summary>
    public FakeActions Actions { get; } = new();

    /// <summary>The messages of the cluster.</summary>
    public FakeMail Mail { get; } = new();

    /// <summary>The feed of events.</summary>
    public FakeFeed Feed { get; } = new();

    /// <summary>The users of the cluster.</summary>
    public FakeUsers Users { get; } = new();

    /// <summary>The keys that sign mail.</summary>
    public FakeSigningKeys SigningKeys { get; } = new();

    /// <summary>The suppression list.</summary>
    public FakeSuppressions Suppressions { get; } = new();

    public FakeBudgets Budgets { get; } = new();

    /// <summary>The changes of owner of queues.</summary>
    public FakeTakeovers Takeovers { get; } = new();

    /// <summary>The node, as host:port.</summary>
    public string Node => Akka.Cluster.Cluster.Get(_system).SelfAddress.HostAndPort();

    /// <summary>The services of the host.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>The log lines.</summary>
    public LogCollector Log { get; } = new();

    /// <summary>A client without a token.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>Starts a host.</summary>
    /// <param name="options">The options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="configure">Replaces services.</param>
    /// <param name="joins">Whether the node is a cluster of its own, and not in none.</param>
    public static async Task<AdminHost> StartAsync(
        AdminOptions? options = null, TimeProvider? time = null, Action<IServiceCollection>? configure = null, bool joins = true)
    {
        var host = new AdminHost(options ?? new AdminOptions(), time ?? TimeProvider.System, configure ?? (_ => { }));
        await host._app.StartAsync();
        foreach (var module in host._app.Services.GetServices<IClusterModule>())
            await module.StartAsync(host._system, CancellationToken.None);
        if (joins) await host.JoinAsync();
        var address = host._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        host.Client = new HttpClient { BaseAddress = new Uri(address) };
        return host;
    }

    /// <summary>Makes the node a cluster of its own.</summary>
    public Task JoinAsync() => AdminSystems.JoinAsync(_system);

    /// <summary>Has all queues and destinations describe themselves.</summary>
    public void Describe(QueueDescription queue, DestinationDescription destination)
    {
        var entity = _system.ActorOf(Props.Create(() => new FakeEntity(queue, destination)));
        var regions = _app.Services.GetRequiredService<ShardRegions>();
        (regions.Queues, regions.Destinations) = (entity, entity);
    }

    /// <summary>Sends a request.</summary>
    public async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(
        HttpMethod method, string path, string? token = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>Stops the host as a node that ends does.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await _app.DisposeAsync();
        await _system.Terminate();
    }

    private sealed class CollectorProvider(LogCollector log) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void Dispose()
        {
        }
    }
}
