using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Akka.Actor;
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
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class AdminEndpointsTests : IAsyncLifetime
{
    private static readonly MessageId Id = FakeCapture.Id;

    private readonly ActorSystem _system = AdminSystems.Create();
    private readonly NodeStats _stats = new();
    private readonly FakeCheck _check = new();
    private readonly List<WebApplication> _apps = [];

    [Fact]
    public async Task Live_answers_independently_of_the_readiness_checks()
    {
        _check.Problem = "not well";
        var client = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/healthz/live", UriKind.Relative))).StatusCode);
    }

    [Theory]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    public async Task Health_answers_HEAD(string path)
    {
        var client = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Ready_names_the_failed_checks()
    {
        var client = await StartAsync();
        Assert.Equal((HttpStatusCode.OK, "ok"), await ReadyAsync(client));
        _check.Problem = "the storage does not answer";
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "the storage does not answer"), await ReadyAsync(client));
    }

    [Fact]
    public async Task Queues_are_listed_the_largest_first_with_their_totals_and_empty_ones_left_out()
    {
        Publish("default:small.test", messages: 1, deferred: 1);
        Publish("default:large.test", messages: 5, inFlight: 2, due: 3);
        Publish("default:empty.test", messages: 0);
        var answer = await GetAsync(await StartAsync(), "/api/v1/queues");
        var total = answer.GetProperty("total");
        Assert.Equal((6, 6, 3, 1, 2), (Number(total, "messages"), Number(total, "recipients"), Number(total, "due"),
            Number(total, "deferred"), Number(total, "inFlight")));
        Assert.Equal(["default:large.test", "default:small.test"], answer.GetProperty("queues").EnumerateArray()
            .Select(queue => queue.GetProperty("key").GetString()));
    }

    [Fact]
    public async Task Queue_is_shown_by_its_key_and_an_unknown_key_gives_404()
    {
        Publish("default:a.test", messages: 3);
        var client = await StartAsync();
        Assert.Equal(3, Number(await GetAsync(client, "/api/v1/queues/default:a.test"), "messages"));
        var missing = await client.GetAsync(new Uri("/api/v1/queues/default:b.test", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Contains("default:b.test", await missing.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captured_mail_is_listed_and_given_octet_for_octet_and_never_run_as_a_page()
    {
        var client = await StartAsync();
        var listed = Assert.Single((await GetAsync(client, "/api/v1/captured")).GetProperty("messages").EnumerateArray());
        Assert.Equal(Id.ToString(), listed.GetProperty("id").GetString());
        var raw = await client.GetAsync(new Uri($"/api/v1/captured/{Id}", UriKind.Relative));
        Assert.Equal(FakeCapture.Content, await raw.Content.ReadAsByteArrayAsync());
        Assert.Equal("message/rfc822", raw.Content.Headers.ContentType!.MediaType);
        Assert.Equal("nosniff", raw.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("sandbox", raw.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Captured_mail_is_deleted_by_its_id_or_as_a_whole(bool isById)
    {
        var one = new Uri($"/api/v1/captured/{Id}", UriKind.Relative);
        var client = await StartAsync();
        var deleted = await client.DeleteAsync(isById ? one : new Uri("/api/v1/captured", UriKind.Relative));
        Assert.Equal(1, Number(JsonDocument.Parse(await deleted.Content.ReadAsStringAsync()).RootElement, "messages"));
        Assert.Equal(HttpStatusCode.NotFound, (await client.DeleteAsync(one)).StatusCode);
        Assert.Empty((await GetAsync(client, "/api/v1/captured")).GetProperty("messages").EnumerateArray());
    }

    [Theory]
    [InlineData("/api/v1/captured/nonsense", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/captured/00000000000000000000000000", HttpStatusCode.NotFound)]
    [InlineData("/api/v1/captured?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/captured?limit=1001", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/captured?limit=many", HttpStatusCode.BadRequest)]
    public async Task Malformed_queries_are_refused(string path, HttpStatusCode expected) =>
        Assert.Equal(expected, (await (await StartAsync()).GetAsync(new Uri(path, UriKind.Relative))).StatusCode);

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("Bearer wrong", HttpStatusCode.Unauthorized)]
    [InlineData("Basic secret", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer secret", HttpStatusCode.OK)]
    [InlineData("bearer secret", HttpStatusCode.OK)]
    public async Task The_api_asks_for_the_token_where_there_is_one(string? authorization, HttpStatusCode expected)
    {
        var client = await StartAsync("secret");
        if (authorization is not null) client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(authorization);
        foreach (var path in new[] { "/api/v1/queues", "/api/v1/captured", $"/api/v1/captured/{Id}" })
            Assert.Equal(expected, (await client.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/healthz/ready", UriKind.Relative))).StatusCode);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var app in _apps) await app.DisposeAsync();
        await _system.Terminate();
    }

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static async Task<JsonElement> GetAsync(HttpClient client, string path) =>
        JsonDocument.Parse(await client.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;

    private static async Task<(HttpStatusCode Status, string? Check)> ReadyAsync(HttpClient client)
    {
        var response = await client.GetAsync(new Uri("/healthz/ready", UriKind.Relative));
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(response.IsSuccessStatusCode, answer.GetProperty("ready").GetBoolean());
        return (response.StatusCode, answer.GetProperty("checks").GetProperty("fake").GetString());
    }

    private void Publish(string key, int messages, int due = 0, int deferred = 0, int inFlight = 0) => _stats.Publish(
        QueueKey.FromTrusted(key),
        new QueueCounts { Messages = messages, Recipients = messages, Due = due, Deferred = deferred, InFlight = inFlight });

    private async Task<HttpClient> StartAsync(string token = "")
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddAdmin(AdminSystems.Settings(token)).WithFakes().AddSingleton(_stats).AddSingleton<ShardRegions>()
            .AddSingleton<IReadinessCheck>(_check)
            .AddSingleton<ICaptureStore>(new FakeCapture()).AddSingleton<IPartLedger>(new MemorySpool()).AddSingleton(TimeProvider.System);
        var app = builder.Build();
        _apps.Add(app);
        app.UseAdmin();
        await app.StartAsync();
        foreach (var module in app.Services.GetServices<IClusterModule>()) await module.StartAsync(_system, CancellationToken.None);
        await AdminSystems.JoinAsync(_system);
        return new HttpClient
        {
            BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.First())
        };
    }

    private sealed class FakeCheck : IReadinessCheck
    {
        public string? Problem { get; set; }

        public string Name => "fake";

        public ValueTask<string?> CheckAsync(CancellationToken cancellationToken) => new(Problem);
    }
}
