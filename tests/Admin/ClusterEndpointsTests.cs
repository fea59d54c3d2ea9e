using System.Net;
using System.Text.Json;
using Akka.Cluster;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class ClusterEndpointsTests : ThreeNodes
{
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
        Spool.Before = _ => isStalled
            ? new ValueTask(Task.Delay(Timeout.Infinite)) : throw new SpoolUnavailableException("down");
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
        Stats[2].Publish(
            new DestinationId("default|mx.test"), new DestinationCounts { Connections = 3, Running = 2, Reply = new string('x', 5000) });
        var one = Assert.Single((await GetAsync("/api/v1/destinations")).GetProperty("destinations").EnumerateArray());
        Assert.Equal(("default|mx.test", 3, Name(2)),
            (one.GetProperty("id").GetString(), Number(one, "connections"), one.GetProperty("node").GetString()));
        // Long replies of remote hosts are cut.
        Assert.Equal(200, one.GetProperty("reply").GetString()!.Length);
    }

    [Fact]
    public async Task Health_of_sources_is_summed_over_nodes_and_not_over_the_page()
    {
        Stats[1].Publish(new DestinationId("out1|a.test"), new DestinationCounts { Waiting = 2, Provider = "example" });
        Stats[2].Publish(
            new DestinationId("out1|b.test"),
            new DestinationCounts { Waiting = 3, Provider = "example", DownSince = DateTimeOffset.UnixEpoch, Reply = "451 no answer" });
        Stats[2].Publish(new DestinationId("out10|a.test"), new DestinationCounts { Waiting = 9 });
        var all = await GetAsync("/api/v1/destinations?limit=1");
        Assert.Equal("out10|a.test", Assert.Single(all.GetProperty("destinations").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(2, all.GetProperty("sources").GetArrayLength());
        var one = await GetAsync("/api/v1/destinations?source=out1");
        Assert.Equal(2, Number(one, "destinationCount"));
        Assert.Equal(
            ["out1|b.test", "out1|a.test"],
            one.GetProperty("destinations").EnumerateArray().Select(each => each.GetProperty("id").GetString()!));
        Assert.All(
            one.GetProperty("destinations").EnumerateArray(), each => Assert.Equal("example", each.GetProperty("provider").GetString()));
        var sums = Assert.Single(one.GetProperty("sources").EnumerateArray());
        Assert.Equal(
            ("out1", "example", 2, 1, 5, "451 no answer"),
            (sums.GetProperty("source").GetString(), sums.GetProperty("provider").GetString(), Number(sums, "destinations"),
                Number(sums, "unreachable"), Number(sums, "waiting"), sums.GetProperty("reply").GetString()));
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_named_and_does_not_hold_the_answer_up()
    {
        Publish(1, "default:a.test", messages: 2);
        Systems[2].Stop(await Systems[2].ActorSelection($"/user/{NodeStatisticsActor.Path}").ResolveOne(Limit));
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
    public async Task A_node_removed_as_dead_is_named_until_other_nodes_have_its_queues()
    {
        var (name, cluster) = (Name(2), Cluster.Get(Systems[0]));
        var dead = Cluster.Get(Systems[2]).SelfAddress;
        cluster.Down(dead);
        await Eventually.True(
            () => !cluster.State.Members.Any(member => member.Status == MemberStatus.Up && member.Address == dead), Limit,
            "the node is declared dead");
        // Also in the time between this and its removal.
        Assert.False((await GetAsync("/api/v1/queues")).GetProperty("isComplete").GetBoolean());
        await Eventually.True(() => cluster.State.Members.Count == 2, Limit, "the node is removed");
        var answer = await GetAsync("/api/v1/queues");
        Assert.Equal([name], answer.GetProperty("unanswered").EnumerateArray().Select(node => node.GetString()));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/api/v1/queues/default:c.test"));
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

    private void Answer(params PendingPart[] parts) => Spool.Unclaimed = query => new([.. parts.Take(query.Limit)]);

    private static PendingPart Unclaimed(DateTimeOffset acceptedAt, int recipients) =>
        new(QueueKey.FromTrusted("default:a.test"), new QueuedPart(MessageId.FromHalves(1, 2), recipients, acceptedAt));
}
