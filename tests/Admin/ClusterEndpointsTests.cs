using System.Net;
using System.Text.Json;
using Akka.Actor;
using Akka.Cluster;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>Tests with a cluster of three nodes. Each test sends its requests to the first node, which has no queues.</summary>
public sealed class ClusterEndpointsTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ActorSystem[] _systems =
        [AdminSystems.Create("frontend"), AdminSystems.Create(), AdminSystems.Create("queue, delivery")];
    private readonly NodeStats[] _stats = [new(), new(), new()];
    private readonly MemorySpool _spool = new();
    private readonly List<WebApplication> _apps = [];
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        var first = Cluster.Get(_systems[0]);
        using var limit = new CancellationTokenSource(Limit);
        foreach (var system in _systems) await Cluster.Get(system).JoinAsync(first.SelfAddress, limit.Token);
        await Eventually.True(
            () => first.State.Members.Count(member => member.Status == MemberStatus.Up) == _systems.Length, Limit, "all members are up");
        foreach (var (system, stats) in _systems.Zip(_stats)) await ServeAsync(system, stats);
        _client = new HttpClient { BaseAddress = Address(_apps[0]) };
    }

    public async Task DisposeAsync()
    {
        foreach (var app in _apps) await app.DisposeAsync();
        foreach (var system in _systems) await system.Terminate();
    }

    [Fact]
    public async Task Queues_of_all_nodes_are_listed_by_a_node_that_has_none()
    {
        Publish(1, "default:a.test", messages: 2, deferred: 2);
        Publish(2, "default:b.test", messages: 5, inFlight: 3, due: 2);
        var answer = await GetAsync("/api/v1/queues");
        var total = answer.GetProperty("total");
        Assert.Equal((7, 7, 2, 2, 3), (Number(total, "messages"), Number(total, "recipients"), Number(total, "due"),
            Number(total, "deferred"), Number(total, "inFlight")));
        Assert.Equal(2, Number(answer, "queueCount"));
        Assert.Equal(
            [("default:b.test", Name(2)), ("default:a.test", Name(1))],
            answer.GetProperty("queues").EnumerateArray()
                .Select(queue => (queue.GetProperty("key").GetString()!, queue.GetProperty("node").GetString()!)));
        Assert.True(answer.GetProperty("isComplete").GetBoolean());
        Assert.Equal(0, answer.GetProperty("unanswered").GetArrayLength());
    }

    [Fact]
    public async Task Mail_that_no_queue_has_claimed_counts()
    {
        var at = DateTimeOffset.UnixEpoch;
        Answer(Unclaimed(at.AddSeconds(9), 2), Unclaimed(at, 3));
        var answer = await GetAsync("/api/v1/queues");
        var unclaimed = answer.GetProperty("unclaimed");
        Assert.Equal((2, 5, at), (
            Number(unclaimed, "messages"), Number(unclaimed, "recipients"), unclaimed.GetProperty("oldestAcceptedAt").GetDateTimeOffset()));
        Assert.True(unclaimed.GetProperty("isComplete").GetBoolean());
        Assert.True(answer.GetProperty("isComplete").GetBoolean());
        Answer([.. Enumerable.Repeat(Unclaimed(at, 1), UnclaimedMail.MaxCounted + 5)]);
        answer = await GetAsync("/api/v1/queues");
        Assert.Equal(UnclaimedMail.MaxCounted, Number(answer.GetProperty("unclaimed"), "messages"));
        Assert.False(answer.GetProperty("unclaimed").GetProperty("isComplete").GetBoolean());
        Assert.False(answer.GetProperty("isComplete").GetBoolean());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_without_the_storage_is_not_complete(bool isStalled)
    {
        Publish(1, "default:a.test", messages: 2);
        _spool.Before = call => isStalled
            ? new ValueTask(Task.Delay(Timeout.Infinite, call.Cancelled)) : throw new SpoolUnavailableException("down");
        var answer = await GetAsync("/api/v1/queues");
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("unclaimed").ValueKind);
        Assert.False(answer.GetProperty("isComplete").GetBoolean());
        Assert.Equal(2, Number(answer.GetProperty("total"), "messages"));
    }

    [Fact]
    public async Task A_limit_cuts_the_list_and_not_the_totals()
    {
        for (var i = 0; i < 10; i++) Publish(1 + i % 2, $"default:d{i}.test", messages: i + 1);
        var answer = await GetAsync("/api/v1/queues?limit=3");
        Assert.Equal(55, Number(answer.GetProperty("total"), "messages"));
        Assert.Equal([10, 9, 8], answer.GetProperty("queues").EnumerateArray().Select(queue => Number(queue, "messages")));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/api/v1/queues?limit=0"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/api/v1/queues?limit=1001"));
    }

    [Fact]
    public async Task Queue_is_found_on_any_node()
    {
        Publish(2, "default:b.test", messages: 5);
        Assert.Equal(5, Number(await GetAsync("/api/v1/queues/default:b.test"), "messages"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/api/v1/queues/default:c.test"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/api/v1/queues/nonsense"));
    }

    [Fact]
    public async Task Destinations_of_all_nodes_are_listed()
    {
        _stats[2].Publish(
            new DestinationId("default|mx.test"), new DestinationCounts { Connections = 3, Running = 2, Reply = new string('x', 5000) });
        var one = Assert.Single((await GetAsync("/api/v1/destinations")).GetProperty("destinations").EnumerateArray());
        Assert.Equal(("default|mx.test", 3, Name(2)),
            (one.GetProperty("id").GetString(), Number(one, "connections"), one.GetProperty("node").GetString()));
        // Long replies of remote hosts are cut.
        Assert.Equal(200, one.GetProperty("reply").GetString()!.Length);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_named_and_does_not_hold_the_answer_up()
    {
        Publish(1, "default:a.test", messages: 2);
        _systems[2].Stop(await _systems[2].ActorSelection($"/user/{NodeStatisticsActor.Path}").ResolveOne(Limit));
        JsonElement answer;
        do answer = await GetAsync("/api/v1/queues"); while (answer.GetProperty("isComplete").GetBoolean());
        Assert.Equal([Name(2)], answer.GetProperty("unanswered").EnumerateArray().Select(node => node.GetString()));
        Assert.Equal(2, Number(answer.GetProperty("total"), "messages"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/v1/queues/default:a.test"));
        // A queue may exist on the silent node, so the response is not 404.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/api/v1/queues/default:c.test"));
        Assert.False((await GetAsync("/api/v1/cluster")).GetProperty("isComplete").GetBoolean());
    }

    [Fact]
    public async Task The_cluster_is_shown_with_its_members_their_age_and_the_places_of_singletons()
    {
        var answer = await GetAsync("/api/v1/cluster");
        Assert.Equal(Name(0), answer.GetProperty("self").GetString());
        Assert.Contains(answer.GetProperty("leader").GetString(), Enumerable.Range(0, 3).Select(Name));
        Assert.True(answer.GetProperty("isConverged").GetBoolean());
        var members = answer.GetProperty("members").EnumerateArray().ToList();
        Assert.Equal([1, 2, 3], members.Select(member => Number(member, "age")));
        // Nodes with status up since the same gossip round have the same age and are ordered by address.
        Assert.Equal(
            Enumerable.Range(0, 3).Select(Name).Order(), members.Select(member => member.GetProperty("node").GetString()!).Order());
        foreach (var member in members)
        {
            Assert.Equal(("Up", "1.2.3", true), (member.GetProperty("status").GetString(), member.GetProperty("version").GetString(), member
                .GetProperty("isReachable").GetBoolean()));
        }

        var roles = members.Single(member => member.GetProperty("node").GetString() == Name(2)).GetProperty("roles");
        Assert.Equal(["delivery", "queue"], roles.EnumerateArray().Select(role => role.GetString()));
        var oldestQueue = members.First(member => member.GetProperty("roles").EnumerateArray().Any(role => role.GetString() == "queue"));
        var places = answer.GetProperty("singletons").EnumerateArray().ToDictionary(
            place => place.GetProperty("name").GetString()!, place => place.GetProperty("node").GetString());
        Assert.Equal(oldestQueue.GetProperty("node").GetString(), places["hand-off sweeper"]);
        Assert.Equal(oldestQueue.GetProperty("node").GetString(), places["coordinator of domain-queue"]);
        Assert.Equal(Name(2), places["coordinator of destination"]);
    }

    private void Answer(params PendingPart[] parts) => _spool.Unclaimed = query => new([.. parts.Take(query.Limit)]);

    private static PendingPart Unclaimed(DateTimeOffset acceptedAt, int recipients) =>
        new(QueueKey.FromTrusted("default:a.test"), new QueuedPart(MessageId.FromHalves(1, 2), recipients, acceptedAt));

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static Uri Address(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private string Name(int node) => Cluster.Get(_systems[node]).SelfAddress.HostAndPort();

    private void Publish(int node, string key, int messages, int due = 0, int deferred = 0, int inFlight = 0) => _stats[node].Publish(
        QueueKey.FromTrusted(key),
        new QueueCounts { Messages = messages, Recipients = messages, Due = due, Deferred = deferred, InFlight = inFlight });

    private async Task<JsonElement> GetAsync(string path) =>
        JsonDocument.Parse(await _client.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;

    private async Task<HttpStatusCode> StatusAsync(string path) => (await _client.GetAsync(new Uri(path, UriKind.Relative))).StatusCode;

    private async Task ServeAsync(ActorSystem system, NodeStats stats)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddAdmin(AdminSystems.Settings()).AddSingleton(stats).AddSingleton<ShardRegions>()
            .AddSingleton<ICaptureStore>(new FakeCapture())
            .AddSingleton<IPartLedger>(_spool).AddSingleton(TimeProvider.System);
        var app = builder.Build();
        _apps.Add(app);
        app.UseRouting();
        app.MapAdmin();
        await app.StartAsync();
        foreach (var module in app.Services.GetServices<IClusterModule>()) await module.StartAsync(system, CancellationToken.None);
    }
}
