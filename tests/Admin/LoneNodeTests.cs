using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Reload;
using Postfleet.Admin.Tests.Http;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>A node that is in no cluster yet, and then in one.</summary>
public sealed class LoneNodeTests : IAsyncLifetime, INodeReload
{
    private const string Queue = "default:a.test";

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host =
        await AdminHost.StartAsync(configure: services => services.AddSingleton<INodeReload>(this), joins: false);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("GET", "cluster", HttpStatusCode.OK)]
    [InlineData("GET", "queues", HttpStatusCode.OK)]
    [InlineData("GET", "destinations", HttpStatusCode.OK)]
    [InlineData("GET", "queues/default:a.test", HttpStatusCode.NotFound)]
    [InlineData("GET", "destinations/default%7Cmx.test", HttpStatusCode.NotFound)]
    [InlineData("POST", "reload", HttpStatusCode.OK)]
    [InlineData("POST", "actions", HttpStatusCode.OK)]
    public async Task Node_in_no_cluster_does_not_answer_for_the_cluster(string method, string path, HttpStatusCode joined)
    {
        var (response, body) = await SendAsync(method, path);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "node-starting", "this node is in no cluster yet");
        await _host.JoinAsync();
        Assert.Equal(joined, (await SendAsync(method, path)).Response.StatusCode);
    }

    [Fact]
    public async Task Timeline_of_a_waiting_message_says_that_its_queue_cannot_be_asked()
    {
        var id = MessageId.FromHalves(1, 2);
        _host.Mail.Parts.Add(new ScannedPart(new PartId(id, QueueKey.FromTrusted(Queue)), "", ""));
        _host.Stats.Publish(QueueKey.FromTrusted(Queue), new QueueCounts { Messages = 1 });

        var (response, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/messages/{id}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var why = Assert.Single(body.GetProperty("parts").EnumerateArray()).GetProperty("why");
        Assert.Equal("node-unreachable", why.GetProperty("constraint").GetString());
        Assert.StartsWith("this node is in no cluster yet", why.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    Task<ReloadOutcome> INodeReload.ReloadAsync(string author) => Task.FromResult(new ReloadOutcome([], [], []));

    private async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(string method, string path)
    {
        using var order = new StringContent(
            """{ "kind": "delete", "selector": { "queue": "*" }, "dryRun": true }""", Encoding.UTF8, "application/json");
        return await _host.SendAsync(new HttpMethod(method), $"/api/v1/{path}", null, path == "actions" ? order : null);
    }
}
