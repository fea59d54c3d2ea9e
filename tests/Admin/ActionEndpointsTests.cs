using System.Net;
using System.Text;
using System.Text.Json;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Http;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class ActionEndpointsTests : IAsyncLifetime
{
    private const string Path = "/api/v1/actions";

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(new AdminOptions
    {
        Token = "all",
        Tokens =
        [
            new TokenOptions { Name = "dashboard", Token = "look", Scope = ApiScope.Read },
            new TokenOptions { Name = "night-watch", Token = "act", Scope = ApiScope.Operate },
        ],
    });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Ordered_action_is_accepted_shown_listed_and_cancelled()
    {
        var (response, body) = await PostAsync(
            """{ "kind": "suspend", "selector": { "domain": "*.EXAMPLE.org" }, "reason": "asked for", "expires": "4h" }""", "act");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("/api/v1/actions/1", response.Headers.Location!.ToString());
        Assert.Equal(("1", "suspend", "asked for", "night-watch"), (
            body.GetProperty("id").GetString(), body.GetProperty("kind").GetString(), body.GetProperty("reason").GetString(),
            body.GetProperty("author").GetString()));
        Assert.Equal("*.example.org", body.GetProperty("selector").GetProperty("domain").GetString());
        Assert.InRange(
            body.GetProperty("expires").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromHours(3.9), TimeSpan.FromHours(4));

        var (_, shown) = await _host.SendAsync(HttpMethod.Get, Path + "/1", "look");
        Assert.Equal("standing", shown.GetProperty("state").GetString());
        (response, shown) = await _host.SendAsync(HttpMethod.Delete, Path + "/1", "all");
        Assert.Equal((HttpStatusCode.OK, "cancelled"), (response.StatusCode, shown.GetProperty("state").GetString()));
        await Eventually.True(
            () => _host.Log.Lines.Count(line => line.Name == "api change") == 2, TimeSpan.FromSeconds(10), "changes are logged");
        var order = _host.Log.Lines.First(line => line.Name == "api change").Fields;
        Assert.Equal(("POST", Path, "night-watch", "127.0.0.1", 202, "/api/v1/actions/1"), (
            order["Method"], order["Path"], order["Token"], order["Client"], order["Status"], order["Location"]));
    }

    [Fact]
    public async Task Actions_are_paged_the_newest_first()
    {
        for (var i = 0; i < 5; i++) await PostAsync("""{ "kind": "retry", "selector": { "queue": "*" } }""", "all");
        List<string> ids = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var (_, page) = await _host
                .SendAsync(HttpMethod.Get, $"{Path}?limit=2{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}", "look");
            ids.AddRange(page.GetProperty("actions").EnumerateArray().Select(action => action.GetProperty("id").GetString()!));
            cursor = page.GetProperty("cursor").GetString();
        }

        Assert.Equal(["5", "4", "3", "2", "1"], ids);
    }

    [Theory]
    [InlineData("""{ "kind": "stop", "selector": { "queue": "*" } }""",
        "$.kind is 'stop'; allowed: suspend, resume, retry, bounce, delete, hold, release, move")]
    [InlineData("""{ "kind": "retry", "selector": {} }""", "$.selector is empty, which would concern all mail")]
    [InlineData("""{ "kind": "retry" }""", "$ lacks selector")]
    [InlineData("""{ "kind": "retry", "selector": null }""", "$.selector has a value of another type")]
    [InlineData("""{ "kind": 5, "selector": {} }""", "$.kind has a value of another type, at line 1, octet 12; allowed: a text")]
    [InlineData("""{ "kind": "retry", "selector": { "domian": "a.test" } }""",
        "domian in $.selector is no property; allowed: queue, domain, stream, site, sender, message, user")]
    [InlineData("""{ "kind": "retry", "selector": { "queue": "*" }, "why": "" }""",
        "why in $ is no property; allowed: kind, selector, reason, expires, toStream, toRoute, dryRun")]
    [InlineData("""{ "kind": "retry", "kind": "hold", "selector": { "queue": "*" } }""", "is given more than once")]
    [InlineData("""{ "kind": "retry", "selector": { "domain": "not a domain" } }""", "$.selector.domain is 'not a domain'")]
    [InlineData("""{ "kind": "retry", "selector": { "stream": "a.b" } }""", "$.selector.stream is 'a.b'")]
    [InlineData("""{ "kind": "retry", "selector": { "sender": "nobody" } }""", "$.selector.sender is 'nobody'")]
    [InlineData("""{ "kind": "retry", "selector": { "message": "17" } }""", "$.selector.message is '17'")]
    [InlineData("""{ "kind": "retry", "selector": { "queue": "" } }""", "$.selector.queue has 0 characters; allowed: 1 to 500")]
    [InlineData("""{ "kind": "suspend", "selector": { "sender": "<>" } }""", "allowed with suspend: queue, domain, stream, site")]
    [InlineData("""{ "kind": "retry", "selector": { "queue": "*" }, "expires": "soon" }""",
        "$.expires is 'soon'; allowed: a duration as 4h")]
    [InlineData("""{ "kind": "retry", "selector": { "queue": "*" }, "expires": "2001-01-01T00:00:00Z" }""",
        "allowed: a time that is to come")]
    [InlineData("""{ "kind": "retry", "selector": { "queue": "*" }, "dryRun": "yes" }""", "$.dryRun has a value of another type")]
    [InlineData("""{ "kind": "retry", "selector": """, "the body is not JSON")]
    [InlineData("[]", "$ has a value of another type")]
    [InlineData("null", "the body is null; allowed: an object")]
    [InlineData("", "the body is not JSON")]
    public async Task Order_with_a_fault_is_refused_by_its_place(string order, string detail)
    {
        var (response, body) = await PostAsync(order, "all");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", detail);
        Assert.Empty((await _host.SendAsync(HttpMethod.Get, Path, "all")).Body.GetProperty("actions").EnumerateArray());
    }

    [Fact]
    public async Task Reason_that_is_too_long_is_refused()
    {
        var (response, body) = await PostAsync(
            $$"""{ "kind": "retry", "selector": { "queue": "*" }, "reason": "{{new string('x', 201)}}" }""", "all");
        ProblemTests.AssertProblem(response, body, "bad-body", "$.reason has 201 characters; allowed: 200");
    }

    [Fact]
    public async Task Body_of_another_type_or_size_is_refused()
    {
        using var text = new StringContent("kind=retry", Encoding.UTF8, "text/plain");
        var (response, body) = await _host.SendAsync(HttpMethod.Post, Path, "all", text);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        ProblemTests.AssertProblem(
            response, body, "unsupported-content-type", "the content type is 'text/plain; charset=utf-8'; allowed: application/json");
        (response, body) = await PostAsync(
            $$"""{ "kind": "retry", "selector": { "queue": "*" }, "reason": "{{new string('x', 70_000)}}" }""", "all");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "too-large", "");
    }

    [Theory]
    [InlineData("POST", "", "look", HttpStatusCode.Forbidden, "forbidden")]
    [InlineData("DELETE", "/1", "look", HttpStatusCode.Forbidden, "forbidden")]
    [InlineData("GET", "", "wrong", HttpStatusCode.Unauthorized, "unauthorized")]
    [InlineData("GET", "/99", "look", HttpStatusCode.NotFound, "unknown-action")]
    [InlineData("DELETE", "/99", "all", HttpStatusCode.NotFound, "unknown-action")]
    [InlineData("GET", "/abc", "look", HttpStatusCode.BadRequest, "bad-parameter")]
    [InlineData("GET", "/0", "look", HttpStatusCode.BadRequest, "bad-parameter")]
    public async Task Wrong_scopes_and_ids_are_refused(string method, string path, string token, HttpStatusCode status, string slug)
    {
        using var content = method == "POST" ? Json("""{ "kind": "retry", "selector": { "queue": "*" } }""") : null;
        var (response, body) = await _host.SendAsync(new HttpMethod(method), Path + path, token, content);
        Assert.Equal(status, response.StatusCode);
        ProblemTests.AssertProblem(response, body, slug, "");
    }

    [Fact]
    public async Task Owner_without_an_answer_and_refusals_of_the_owner_are_problems()
    {
        _host.Actions.Fault = new TimeoutException("the owner of the actions has not answered within 2 s");
        var (response, body) = await PostAsync("""{ "kind": "retry", "selector": { "queue": "*" } }""", "all");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        ProblemTests.AssertProblem(
            response, body, "actions-unavailable", $"has not answered within 2 s; its node is {_host.Node}; the order may have");
        (response, body) = await _host.SendAsync(HttpMethod.Get, Path + "/1", "all");
        ProblemTests.AssertProblem(
            response, body, "actions-unavailable", $"has not answered within 2 s; its node is {_host.Node}; try again later");
        _host.Actions.Fault = new InvalidOperationException("too many suspensions");
        (response, body) = await PostAsync("""{ "kind": "retry", "selector": { "queue": "*" } }""", "all");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "action-refused", "too many suspensions");
    }

    [Fact]
    public async Task Dry_run_counts_queues_and_messages_and_orders_nothing()
    {
        Publish("bulk:a.example.org", 3, "default|mx1.test");
        Publish("bulk:b.example.org", 4, "default|mx2.test");
        Publish("default:a.example.org", 5, null);
        await AssertCountAsync("\"stream\": \"bulk\"", 2, 7);
        await AssertCountAsync("\"domain\": \"*.example.org\"", 3, 12);
        await AssertCountAsync("\"queue\": \"*:a.*\"", 2, 8);

        for (var i = 1; i <= 5000; i++)
        {
            _host.Mail.Parts.Add(new ScannedPart(
                new PartId(MessageId.FromHalves(1, (ulong)i), QueueKey.FromTrusted($"bulk:d{i % 10}.test")), i % 2 == 0 ? "a@shop.test"
                    : "", "shop"));
        }

        await AssertCountAsync("\"sender\": \"@shop.test\"", 5, 2500);
        await AssertCountAsync("\"sender\": \"<>\"", 5, 2500);
        await AssertCountAsync("\"user\": \"shop\", \"domain\": \"d3.test\"", 1, 500);
        await AssertCountAsync($"\"message\": \"{MessageId.FromHalves(1, 4000)}\"", 1, 1);
        await AssertCountAsync($"\"message\": \"{MessageId.FromHalves(1, 9000)}\"", 0, 0);
        // The routes count, as for the action itself: a queue that has just started has told no destination.
        await AssertCountAsync("\"site\": \"default|mx1*\"", 0, 0);
        _host.Mail.Route = new RouteDecision.Deliver(
            new DeliveryTarget(new DestinationId("default|mx1.test"), TargetKind.Mx, [], 25), TimeSpan.FromMinutes(1));
        await AssertCountAsync("\"site\": \"default|mx1*\"", 10, 5000);
        await AssertCountAsync("\"site\": \"default|mx1*\", \"queue\": \"*:d1.test\"", 1, 500);
        Assert.Empty((await _host.SendAsync(HttpMethod.Get, Path, "all")).Body.GetProperty("actions").EnumerateArray());
    }

    [Fact]
    public async Task Dry_run_of_a_resume_counts_the_suspensions_that_it_would_end()
    {
        await PostAsync("""{ "kind": "suspend", "selector": { "queue": "bulk:*" } }""", "all");
        await PostAsync("""{ "kind": "suspend", "selector": { "domain": "a.test" } }""", "all");
        var (_, body) = await PostAsync("""{ "kind": "resume", "selector": { "queue": "bulk:*" }, "dryRun": true }""", "all");
        Assert.Equal(1, body.GetProperty("suspensions").GetInt32());
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private async Task AssertCountAsync(string selector, int queues, long messages)
    {
        var (response, body) = await PostAsync($$"""{ "kind": "hold", "selector": { {{selector}} }, "dryRun": true }""", "all");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal((queues, messages, true), (
            body.GetProperty("queues").GetInt32(), body.GetProperty("messages").GetInt64(), body.GetProperty("isComplete").GetBoolean()));
    }

    private void Publish(string key, int messages, string? destination) =>
        _host.Stats.Publish(QueueKey.FromTrusted(key), new QueueCounts { Messages = messages, Destination = destination });

    private async Task<(HttpResponseMessage Response, JsonElement Body)> PostAsync(string order, string token)
    {
        using var content = Json(order);
        return await _host.SendAsync(HttpMethod.Post, Path, token, content);
    }
}
