using System.Net;
using System.Text.Json;
using Akka.Actor;
using Akka.Cluster;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Tests.Fakes;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>Tests with a cluster of three nodes. Each test sends its requests to the first node, which has no queues.</summary>
public abstract class ThreeNodes : IAsyncLifetime
{
    private protected static TimeSpan Limit { get; } = TimeSpan.FromSeconds(60);

    private protected ActorSystem[] Systems { get; } =
        [AdminSystems.Create("frontend"), AdminSystems.Create(), AdminSystems.Create("queue, delivery")];
    private protected NodeStats[] Stats { get; } = [new(), new(), new()];
    private protected MemorySpool Spool { get; } = new();
    private readonly List<WebApplication> _apps = [];
    private protected HttpClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var first = Cluster.Get(Systems[0]);
        using var limit = new CancellationTokenSource(Limit);
        foreach (var system in Systems) await Cluster.Get(system).JoinAsync(first.SelfAddress, limit.Token);
        await Eventually.True(
            () => first.State.Members.Count(member => member.Status == MemberStatus.Up) == Systems.Length, Limit, "all members are up");
        foreach (var (system, stats) in Systems.Zip(Stats)) await ServeAsync(system, stats);
        Client = new HttpClient { BaseAddress = Address(_apps[0]) };
    }

    public async Task DisposeAsync()
    {
        foreach (var app in _apps) await app.DisposeAsync();
        foreach (var system in Systems) await system.Terminate();
    }

    private protected static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private protected static Uri Address(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private protected string Name(int node) => Cluster.Get(Systems[node]).SelfAddress.HostAndPort();

    private protected void Publish(int node, string key, int messages, int due = 0, int deferred = 0, int inFlight = 0) =>
        Stats[node].Publish(
        QueueKey.FromTrusted(key),
        new QueueCounts { Messages = messages, Recipients = messages, Due = due, Deferred = deferred, InFlight = inFlight });

    private protected async Task<JsonElement> GetAsync(string path) =>
        JsonDocument.Parse(await Client.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;

    private protected async Task<HttpStatusCode> StatusAsync(string path) =>
        (await Client.GetAsync(new Uri(path, UriKind.Relative))).StatusCode;

    private protected async Task ServeAsync(ActorSystem system, NodeStats stats)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddAdmin(AdminSystems.Settings()).WithFakes().AddSingleton(stats).AddSingleton<ShardRegions>()
            .AddSingleton<ICaptureStore>(new FakeCapture())
            .AddSingleton<IPartLedger>(Spool).AddSingleton(TimeProvider.System);
        var app = builder.Build();
        _apps.Add(app);
        app.UseAdmin();
        await app.StartAsync();
        foreach (var module in app.Services.GetServices<IClusterModule>()) await module.StartAsync(system, CancellationToken.None);
    }
}
