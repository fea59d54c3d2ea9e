using System.Net;
using Postfleet.Admin.Tests.Http;
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
        (_, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/queues/bulk:a.test");
        Assert.Equal("action 4", body.GetProperty("why").GetProperty("setting").GetString());
    }

    [Fact]
    public async Task Queues_are_filtered_with_their_sums()
    {
        _host.Stats.Publish(Queue, new QueueCounts { Messages = 2, Destination = Site.Value });
        _host.Stats.Publish(QueueKey.FromTrusted("default:a.test"), new QueueCounts { Messages = 5 });
        foreach (var filter in new[] { "stream=bulk", "queue=bulk:*", "domain=A.test&stream=bulk", "site=default|*" })
        {
            var (_, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/queues?{filter}");
            Assert.Equal(2, body.GetProperty("total").GetProperty("messages").GetInt32());
            Assert.Equal("bulk:a.test", Assert.Single(body.GetProperty("queues").EnumerateArray()).GetProperty("key").GetString());
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
            [("connections", "20", "c"), ("rate", "50/s", "r")],
            body.GetProperty("limits").EnumerateArray().Select(limit => (
                limit.GetProperty("name").GetString()!, limit.GetProperty("value").GetString()!,
                limit.GetProperty("setting").GetString()!)));
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
    [InlineData("?domain=a.test&stream=Bulk", "stream is 'Bulk'")]
    public async Task Wrong_domain_or_stream_is_refused(string query, string detail)
    {
        var (response, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/resolve{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-parameter", detail);
    }
}
