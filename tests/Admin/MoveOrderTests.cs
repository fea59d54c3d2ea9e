using System.Net;
using System.Text;
using System.Text.Json;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Http;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>Orders of moves to a stream or to a route.</summary>
public sealed class MoveOrderTests : IAsyncLifetime
{
    private const string Path = "/api/v1/actions";

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(new AdminOptions { Token = "all" });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Move_to_a_route_or_a_stream_is_ordered()
    {
        _host.Mail.Names = ["backup"];
        var (response, body) = await PostAsync(
            """{ "kind": "move", "selector": { "site": "default|mx*" }, "toRoute": "BACKUP", "expires": "4h" }""");
        Assert.Equal(
            (HttpStatusCode.Accepted, "move", "standing", "backup", JsonValueKind.Null),
            (response.StatusCode, body.GetProperty("kind").GetString(), body.GetProperty("state").GetString(),
                body.GetProperty("toRoute").GetString(), body.GetProperty("toStream").ValueKind));
        (response, body) = await PostAsync("""{ "kind": "move", "selector": { "sender": "<>" }, "toStream": "Slow" }""");
        Assert.Equal(
            (HttpStatusCode.Accepted, "running", "slow", JsonValueKind.Null),
            (response.StatusCode, body.GetProperty("state").GetString(), body.GetProperty("toStream").GetString(),
                body.GetProperty("toRoute").ValueKind));
        // A move to a route is no suspension.
        (_, body) = await PostAsync("""{ "kind": "resume", "selector": { "site": "*" }, "dryRun": true }""");
        Assert.Equal(0, body.GetProperty("suspensions").GetInt32());
    }

    [Theory]
    [InlineData("", "no route is named 'backup': no route of this node has a name")]
    [InlineData("relay2,slow", "no route is named 'backup'; the routes with a name: relay2, slow")]
    public async Task Move_to_an_unknown_route_is_refused_in_a_dry_run_too(string names, string detail)
    {
        _host.Mail.Names = names.Split(',', StringSplitOptions.RemoveEmptyEntries);
        foreach (var end in new[] { "", ", \"dryRun\": true" })
        {
            var (response, body) = await PostAsync(
                $$"""{ "kind": "move", "selector": { "queue": "*" }, "toRoute": "backup"{{end}} }""");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
            ProblemTests.AssertProblem(response, body, "action-refused", detail);
        }
    }

    [Theory]
    [InlineData("""{ "kind": "move", "selector": { "queue": "*" } }""",
        "$ has neither toStream nor toRoute; allowed with move: one of them")]
    [InlineData("""{ "kind": "move", "selector": { "queue": "*" }, "toStream": "slow", "toRoute": "backup" }""",
        "$ has both toStream and toRoute; allowed with move: one of them")]
    [InlineData("""{ "kind": "hold", "selector": { "queue": "*" }, "toStream": "slow" }""",
        "$ has toStream with kind hold; allowed with move")]
    [InlineData("""{ "kind": "suspend", "selector": { "queue": "*" }, "toRoute": "backup" }""",
        "$ has toRoute with kind suspend; allowed with move")]
    [InlineData("""{ "kind": "move", "selector": { "queue": "*" }, "toStream": "a.b" }""",
        "$.toStream is 'a.b'; allowed: 1 to 32 letters, digits, - and _")]
    [InlineData("""{ "kind": "move", "selector": { "queue": "*" }, "toStream": "" }""", "$.toStream is ''; allowed: 1 to 32 letters")]
    [InlineData("""{ "kind": "move", "selector": { "queue": "*" }, "toRoute": "a b" }""",
        "$.toRoute is 'a b'; allowed: 1 to 40 letters, digits, - and _")]
    [InlineData("""{ "kind": "move", "selector": { "queue": "*" }, "toRoute": 5 }""", "$.toRoute has a value of another type")]
    [InlineData("""{ "kind": "move", "selector": { "user": "shop" }, "toRoute": "backup" }""",
        "allowed with toRoute: queue, domain, stream, site. Move the messages to a stream first, then the stream to the route")]
    public async Task Order_without_one_target_is_refused(string order, string detail)
    {
        var (response, body) = await PostAsync(order);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", detail);
        Assert.Empty((await _host.SendAsync(HttpMethod.Get, Path, "all")).Body.GetProperty("actions").EnumerateArray());
    }

    private async Task<(HttpResponseMessage Response, JsonElement Body)> PostAsync(string order)
    {
        using var content = new StringContent(order, Encoding.UTF8, "application/json");
        return await _host.SendAsync(HttpMethod.Post, Path, "all", content);
    }
}
