using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Fakes;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Admin.Tests.Metrics;

/// <summary>
/// Tests of <c>/metrics</c>. The meters belong to the process, so the hosts with metrics run one after the other in this class.
/// </summary>
public sealed partial class MetricsEndpointTests : IAsyncLifetime
{
    private const int Domains = 50;

    private static readonly TokenOptions[] Further =
    [
        new TokenOptions { Name = "dashboard", Token = "look", Scope = ApiScope.Read },
        new TokenOptions { Name = "shop", Token = "send", Scope = ApiScope.Inject },
    ];

    private readonly NodeStats _stats = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly FakeHealth _health = new();
    private WebApplication? _app;
    private HttpClient? _client;

    [Fact]
    public async Task Ten_thousand_domains_give_a_bounded_number_of_series()
    {
        for (var i = 0; i < 10_000; i++) Publish($"default:d{i}.test", messages: 1 + i % 100, deferred: 1);
        await StartAsync();
        var text = await ScrapeAsync();
        Assert.InRange(text.Split('\n').Count(line => line.Length > 0 && line[0] != '#'), 10, 1000);
        Assert.InRange(text.Length, 1000, 200_000);
        var domains = Values(text, "postfleet_domain_messages");
        Assert.Equal(Domains + 1, domains.Count);
        // A hundred domains have 100 messages each, and the fifty first by name are shown.
        Assert.All(
            domains.Where(domain => !domain.Key.Contains("other", StringComparison.Ordinal)), domain => Assert.Equal(100, domain.Value));
        Assert.Equal(505_000, domains.Values.Sum());
        Assert.Equal(10_000, Value(text, "postfleet_deferred_messages"));
    }

    [Fact]
    public async Task Domain_sums_its_queues_over_all_streams()
    {
        Publish("default:a.test", messages: 3);
        Publish("bulk:a.test", messages: 4);
        Publish("default:b.test", messages: 5);
        await StartAsync(new MetricsOptions { Domains = 1 });
        Assert.Equal(
            new Dictionary<string, double> { ["{domain=\"a.test\"}"] = 7, ["{domain=\"other\"}"] = 5 },
            Values(await ScrapeAsync(), "postfleet_domain_messages"));
    }

    [Fact]
    public async Task Domain_that_leaves_the_largest_has_no_series_any_more()
    {
        await StartAsync();
        // More names than the SDK remembers for one meter.
        for (var round = 0; round < 60; round++)
        {
            for (var i = 0; i < Domains; i++) Publish($"default:r{round}-{i}.test", messages: 1);
            var domains = Values(await ScrapeAsync(), "postfleet_domain_messages");
            Assert.Equal(Domains + 1, domains.Count);
            Assert.Equal(Domains, domains.Keys.Count(key => key.Contains($"\"r{round}-", StringComparison.Ordinal)));
            for (var i = 0; i < Domains; i++) _stats.Remove(QueueKey.FromTrusted($"default:r{round}-{i}.test"));
            _time.Advance(TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public async Task Oldest_message_and_destinations_are_those_of_this_node()
    {
        Publish("default:a.test", messages: 1, age: TimeSpan.FromMinutes(2));
        Publish("default:b.test", messages: 1, age: TimeSpan.FromMinutes(5));
        _stats.Publish(QueueKey.FromTrusted("default:c.test"), new QueueCounts { Messages = 9, Held = 8, Deferred = 1 });
        _stats.Publish(new DestinationId("up"), new DestinationCounts { Connections = 3, Waiting = 7 });
        _stats.Publish(new DestinationId("down"), new DestinationCounts { DownUntil = _time.GetUtcNow().AddMinutes(1) });
        _stats.Publish(new DestinationId("back"), new DestinationCounts { DownUntil = _time.GetUtcNow() });
        await StartAsync();
        var text = await ScrapeAsync();
        Assert.Equal(300, Value(text, "postfleet_oldest_message_age_seconds"));
        Assert.Equal((8, 1), (Value(text, "postfleet_held_messages"), Value(text, "postfleet_deferred_messages")));
        Assert.Equal((3, 1), (Value(text, "postfleet_destinations"), Value(text, "postfleet_destinations_in_back_off")));
        Assert.Equal(
            (3, 7), (Value(text, "postfleet_destinations_connections"), Value(text, "postfleet_destinations_waiting_jobs")));
    }

    [Fact]
    public async Task Storage_that_does_not_answer_is_not_ready()
    {
        await StartAsync();
        Assert.Equal(1, Value(await ScrapeAsync(), "postfleet_storage_ready"));
        _health.IsHealthy = false;
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, Value(await ScrapeAsync(), "postfleet_storage_ready"));
    }

    [Theory]
    [InlineData("secret", true, null, HttpStatusCode.Unauthorized)]
    [InlineData("secret", true, "secret", HttpStatusCode.OK)]
    [InlineData("secret", false, null, HttpStatusCode.OK)]
    [InlineData("", true, null, HttpStatusCode.OK)]
    [InlineData("secret", true, "look", HttpStatusCode.OK)]
    [InlineData("secret", true, "send", HttpStatusCode.Forbidden)]
    public async Task Token_is_needed_as_configured(string token, bool isNeeded, string? given, HttpStatusCode status)
    {
        await StartAsync(new MetricsOptions { NeedsToken = isNeeded }, token);
        _client!.DefaultRequestHeaders.Authorization = given is null ? null : new AuthenticationHeaderValue("Bearer", given);
        Assert.Equal(status, (await _client.GetAsync(new Uri("/metrics", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Other_methods_are_refused()
    {
        await StartAsync();
        using var content = new StringContent("");
        Assert.Equal(
            HttpStatusCode.MethodNotAllowed, (await _client!.PostAsync(new Uri("/metrics", UriKind.Relative), content)).StatusCode);
    }

    [Fact]
    public async Task Metrics_that_are_off_are_not_found()
    {
        await StartAsync(new MetricsOptions { Enabled = false });
        Assert.Equal(HttpStatusCode.NotFound, (await _client!.GetAsync(new Uri("/metrics", UriKind.Relative))).StatusCode);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
    }

    private void Publish(string key, int messages, int deferred = 0, TimeSpan age = default) => _stats.Publish(
        QueueKey.FromTrusted(key),
        new QueueCounts { Messages = messages, Deferred = deferred, OldestAcceptedAt = _time.GetUtcNow() - age });

    private async Task StartAsync(MetricsOptions? metrics = null, string token = "")
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var settings = new AdminSettings(new AdminOptions { Token = token, Tokens = token.Length == 0 ? [] : Further }, metrics
            ?? new MetricsOptions { Domains = Domains });
        builder.Services.AddAdmin(settings).WithFakes().AddSingleton(_stats).AddSingleton<ShardRegions>()
            .AddSingleton<ICaptureStore>(new FakeCapture()).AddSingleton<IPartLedger>(new MemorySpool())
            .AddSingleton<ISpoolHealth>(_health).AddSingleton<TimeProvider>(_time);
        _app = builder.Build();
        _app.UseAdmin();
        await _app.StartAsync();
        _client = new HttpClient
        {
            BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()),
        };
    }

    private Task<string> ScrapeAsync() => _client!.GetStringAsync(new Uri("/metrics", UriKind.Relative));

    private static double Value(string text, string name) => Assert.Single(Values(text, name)).Value;

    private static Dictionary<string, double> Values(string text, string name) => Sample().Matches(text)
        .Where(sample => sample.Groups["name"].Value == name)
        .ToDictionary(
            sample => sample.Groups["labels"].Value, sample => double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^(?<name>\w+)(?<labels>\{.*\})? (?<value>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Sample();

    private sealed class FakeHealth : ISpoolHealth
    {
        public bool IsHealthy { get; set; } = true;

        public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => new(IsHealthy);
    }
}
