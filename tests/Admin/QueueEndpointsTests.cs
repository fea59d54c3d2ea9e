using System.Net;
using System.Text.Json;
using Postfleet.Admin.Tests.Http;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class QueueEndpointsTests : IAsyncLifetime
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("bulk:a.test");

    private static readonly DestinationId Site = new("default|mx.a.test");

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Queue_is_shown_with_the_constraint_of_its_destination_or_of_an_action()
    {
        _host.Stats.Publish(
            Queue, new QueueCounts { Messages = 2, Due = 2, Destination = Site.Value, OldestAcceptedAt = DateTimeOffset.UnixEpoch });
        _host.Stats.Publish(Site, new DestinationCounts { Connections = 3, MaxConnections = 3, ConnectionsSetting = "connections" });
        var (_, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/queues/bulk:a.test");
        Assert.Equal(("connections", "connections"), (
            body.GetProperty("why").GetProperty("constraint").GetString(), body.GetProperty("why").GetProperty("setting").GetString()));
        Assert.True(body.GetProperty("oldestAgeSeconds").GetInt64() > 0);

        _host.Actions.Suspended[Queue] = new Suspension(4, null, "");
        (_, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/queues/Bulk:A.test");
        Assert.Equal("action 4", body.GetProperty("why").GetProperty("setting").GetString());
    }

    [Fact]
    public async Task Queue_is_shown_with_its_outcomes_and_its_next_messages()
    {
        var (id, at) = (MessageId.FromHalves(1, 2), DateTimeOffset.UtcNow.AddMinutes(5));
        _host.Stats.Publish(Queue, new QueueCounts { Messages = 2, Recipients = 2, Deferred = 1, Held = 1, NextDue = at });
        _host.Describe(
            new QueueDescription(Queue)
            {
                CountedSince = DateTimeOffset.UnixEpoch,
                Delivered = new(1, 2, 3),
                Messages =
                [
                    new(id, WaitingState.Deferred, DateTimeOffset.UnixEpoch, at) { Attempts = 2, LastReply = "452 4.2.2 full" },
                    new(MessageId.FromHalves(1, 3), WaitingState.Held, DateTimeOffset.UnixEpoch, null) { Action = 1 },
                ],
            },
            new DestinationDescription(Site));
        var (_, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/queues/bulk:a.test");
        Assert.Equal("retry-pause", body.GetProperty("why").GetProperty("constraint").GetString());
        Assert.Equal(2, body.GetProperty("activity").GetProperty("delivered").GetProperty("hour").GetInt32());
        var next = body.GetProperty("next");
        Assert.Equal(
            (id.ToString(), "deferred", 2, "452 4.2.2 full", at),
            (next[0].GetProperty("id").GetString(), next[0].GetProperty("state").GetString(), next[0].GetProperty("attempts").GetInt32(),
                next[0].GetProperty("lastReply").GetString(), next[0].GetProperty("nextAttempt").GetDateTimeOffset()));
        Assert.Equal("held", next[1].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Queue_of_held_mail_names_the_action_and_its_time()
    {
        var action = await _host.Actions.OrderAsync(
            new ActionOrder(ActionKind.Hold, ActionSelector.None with { Queue = "*" }, "", "me", null), CancellationToken.None);
        _host.Stats.Publish(Queue, new QueueCounts { Messages = 1, Held = 1 });
        _host.Describe(
            new QueueDescription(Queue)
            {
                Messages = [new(MessageId.FromHalves(1, 3), WaitingState.Held, DateTimeOffset.UnixEpoch, null) { Action = action.Number }],
            },
            new DestinationDescription(Site));
        var why = (await _host.SendAsync(HttpMethod.Get, "/api/v1/queues/bulk:a.test")).Body.GetProperty("why");
        Assert.Equal(
            ("held", "action 1", action.OrderedAt),
            (why.GetProperty("constraint").GetString(), why.GetProperty("setting").GetString(),
                why.GetProperty("since").GetDateTimeOffset()));
        // The queue is shown without the time while the owner of the actions does not answer.
        _host.Actions.Fault = new TimeoutException();
        why = (await _host.SendAsync(HttpMethod.Get, "/api/v1/queues/bulk:a.test")).Body.GetProperty("why");
        Assert.Equal(("held", JsonValueKind.Null), (why.GetProperty("constraint").GetString(), why.GetProperty("since").ValueKind));
    }

    [Fact]
    public async Task Destination_is_shown_with_its_connections_replies_and_queues()
    {
        var (now, id) = (DateTimeOffset.UtcNow, MessageId.FromHalves(1, 2));
        _host.Stats.Publish(Queue, new QueueCounts { Messages = 4, Recipients = 5, Destination = Site.Value });
        _host.Stats.Publish(QueueKey.FromTrusted("default:b.test"), new QueueCounts { Messages = 9, Destination = "default|other" });
        _host.Stats.Publish(Site, new DestinationCounts
        {
            MaxConnections = 20,
            ConnectionsSetting = "c",
            Tokens = 3,
            Waiting = 2,
            Running = 1,
            Wanted = 7,
            DownSince = now,
            Reply = "421 busy",
        });
        _host.Describe(new QueueDescription(Queue), new DestinationDescription(Site)
        {
            Connections = [new(3, ConnectionPhase.Sending, now.AddSeconds(-9), now.AddSeconds(-2)) { Tls = "none", Part = new(id, Queue) }],
            Replies = [new(now, "452 4.2.2 full", "mx.a.test [192.0.2.9]", 12)],
            Queues = [new(Queue, 2, 7, 0)],
        });
        var (_, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/destinations/{Uri.EscapeDataString(Site.Value)}");
        Assert.Equal(
            (Site.Value, "sending", 3, 7, 1, 4),
            (body.GetProperty("id").GetString(), body.GetProperty("why").GetProperty("constraint").GetString(),
                body.GetProperty("tokens").GetInt32(), body.GetProperty("wanted").GetInt32(), body.GetProperty("queueCount").GetInt32(),
                body.GetProperty("mail").GetProperty("messages").GetInt32()));
        Assert.Equal("421 busy", body.GetProperty("backOff").GetProperty("reply").GetString());
        var connection = Assert.Single(body.GetProperty("connections").EnumerateArray());
        Assert.Equal(("sending", id.ToString(), "bulk:a.test"), (
            connection.GetProperty("phase").GetString(), connection.GetProperty("message").GetString(),
            connection.GetProperty("queue").GetString()));
        Assert.InRange(connection.GetProperty("ageSeconds").GetDouble(), 9, 60);
        Assert.Equal(12, Assert.Single(body.GetProperty("replies").EnumerateArray()).GetProperty("count").GetInt32());
        Assert.Equal("bulk:a.test", Assert.Single(body.GetProperty("queues").EnumerateArray()).GetProperty("key").GetString());
        Assert.Equal(7, Assert.Single(body.GetProperty("turns").EnumerateArray()).GetProperty("wanted").GetInt32());
    }

    [Fact]
    public async Task Destination_without_a_node_is_shown_with_the_limits_of_the_configuration_while_mail_waits_for_it()
    {
        _host.Stats.Publish(Queue, new QueueCounts { Messages = 1, Destination = "default|/run/lmtp" });
        var (_, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/destinations/default%7C%2Frun%2Flmtp");
        Assert.Equal(
            ("default|/run/lmtp", JsonValueKind.Null, "inactive"),
            (body.GetProperty("id").GetString(), body.GetProperty("node").ValueKind,
                body.GetProperty("why").GetProperty("constraint").GetString()));
        Assert.Equal("20", body.GetProperty("limits")[0].GetProperty("value").GetString());

        var (response, problem) = await _host.SendAsync(HttpMethod.Get, "/api/v1/destinations/default%7Cmx.none.test");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        ProblemTests.AssertProblem(response, problem, "unknown-destination", "no mail goes to the destination 'default|mx.none.test'");
    }

    [Fact]
    public async Task Way_of_mail_has_limits_while_no_node_sends_there()
    {
        _host.Mail.Route = new RouteDecision.Deliver(
            new DeliveryTarget(Site, TargetKind.Mx, [new TargetHost(10, "mx.a.test")], 25), TimeSpan.FromMinutes(5));
        var (_, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/resolve?domain=a.test&stream=BULK");
        Assert.Equal("bulk:a.test", body.GetProperty("queue").GetString());
        Assert.Equal(("20", "connections"), (
            body.GetProperty("limits")[0].GetProperty("value").GetString(),
            body.GetProperty("limits")[0].GetProperty("setting").GetString()));
    }

    [Fact]
    public async Task Move_to_a_route_is_named_by_the_way_of_the_mail_and_by_the_reason()
    {
        var move = new Redirection(7, "backup", null);
        _host.Mail.Route = new RouteDecision.Defer(new SmtpReply(451, new EnhancedStatus(4, 3, 5), "no such route")) { Redirection = move };
        var (_, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/resolve?domain=a.test&stream=bulk");
        Assert.Equal(
            ("defer", "action 7", "backup"),
            (body.GetProperty("result").GetString(), body.GetProperty("move").GetString(), body.GetProperty("route").GetString()));

        _host.Stats.Publish(Queue, new QueueCounts { Messages = 1, InFlight = 1, Destination = Site.Value });
        var why = (await _host.SendAsync(HttpMethod.Get, "/api/v1/queues/bulk:a.test")).Body.GetProperty("why");
        Assert.Equal(JsonValueKind.Null, why.GetProperty("move").ValueKind);
        _host.Actions.Moved[Queue] = move;
        why = (await _host.SendAsync(HttpMethod.Get, "/api/v1/queues/bulk:a.test")).Body.GetProperty("why");
        Assert.Equal(
            ("sending", "action 7", "1 message is being sent; action 7 moves the mail to the route backup"),
            (why.GetProperty("constraint").GetString(), why.GetProperty("move").GetString(), why.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Throughput_is_the_mean_of_the_last_ten_seconds()
    {
        var now = DateTimeOffset.UtcNow;
        for (var i = 1; i <= 3; i++) _host.Stats.Throughput.Delivered.Add(100, now.AddSeconds(-i));
        var (_, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/queues");
        Assert.Equal(
            (0, 30), (body.GetProperty("throughput").GetProperty("accepted").GetDouble(),
                body.GetProperty("throughput").GetProperty("delivered").GetDouble()));
    }

    [Fact]
    public async Task Queues_are_filtered_with_their_sums()
    {
        _host.Stats.Publish(Queue, new QueueCounts { Messages = 2, Held = 1, Destination = Site.Value });
        _host.Stats.Publish(QueueKey.FromTrusted("default:a.test"), new QueueCounts { Messages = 5 });
        foreach (var filter in new[] { "stream=bulk", "queue=bulk:*", "domain=A.test&stream=BULK", "queue=BULK:A.*", "site=default|MX.*" })
        {
            var (_, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/queues?{filter}");
            Assert.Equal((2, 1), (
                body.GetProperty("total").GetProperty("messages").GetInt32(), body.GetProperty("total").GetProperty("held").GetInt32()));
            var queue = Assert.Single(body.GetProperty("queues").EnumerateArray());
            Assert.Equal(("bulk:a.test", 1), (queue.GetProperty("key").GetString(), queue.GetProperty("held").GetInt32()));
        }
    }

    [Fact]
    public async Task Way_of_mail_is_resolved_with_hosts_and_limits()
    {
        _host.Mail.Route = new RouteDecision.Deliver(
            new DeliveryTarget(Site, TargetKind.Mx, [new TargetHost(10, "mx.a.test")], 25), TimeSpan.FromMinutes(5));
        _host.Stats.Publish(
            Site, new DestinationCounts { MaxConnections = 20, ConnectionsSetting = "c", MaxRate = "50/s", RateSetting = "r" });
        var (_, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/resolve?domain=A.test&stream=bulk");
        Assert.Equal(("bulk:a.test", "deliver", "mx", Site.Value, 25, 300), (
            body.GetProperty("queue").GetString(), body.GetProperty("result").GetString(), body.GetProperty("kind").GetString(),
            body.GetProperty("destination").GetString(), body.GetProperty("port").GetInt32(),
            body.GetProperty("validForSeconds").GetDouble()));
        Assert.Equal("mx.a.test", body.GetProperty("hosts")[0].GetProperty("name").GetString());
        Assert.Equal(
            [("connections", "20", "c"), ("rate", "50/s", "r"), ("size", "20MB", "Destinations:0:MaxSize")],
            body.GetProperty("limits").EnumerateArray().Select(limit => (
                limit.GetProperty("name").GetString()!, limit.GetProperty("value").GetString()!,
                limit.GetProperty("setting").GetString()!)));
        Assert.Equal(
            [("delayWarning", "4h", "Queues:DelayWarning")],
            body.GetProperty("policy").EnumerateArray().Select(value => (
                value.GetProperty("name").GetString()!, value.GetProperty("value").GetString()!,
                value.GetProperty("setting").GetString()!)));
    }

    [Fact]
    public async Task Domain_without_a_way_is_resolved_with_the_reply()
    {
        _host.Mail.Route = new RouteDecision.Fail(new SmtpReply(556, new EnhancedStatus(5, 1, 10), "null MX"));
        var (_, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/resolve?domain=a.test");
        Assert.Equal(("fail", "556 5.1.10 null MX"), (body.GetProperty("result").GetString(), body.GetProperty("reply").GetString()));
    }

    [Theory]
    [InlineData("", "domain is missing")]
    [InlineData("?domain=a..b", "domain is 'a..b'; allowed: a domain")]
    [InlineData("?domain=a.test&stream=a.b", "stream is 'a.b'")]
    public async Task Wrong_domain_or_stream_is_refused(string query, string detail)
    {
        var (response, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/resolve{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-parameter", detail);
    }
}
