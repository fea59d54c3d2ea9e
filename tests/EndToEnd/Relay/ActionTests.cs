using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Operators' actions hold across kill -9.</summary>
public sealed class ActionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http = new();

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task A_suspension_stands_after_a_kill_and_its_end_releases_the_mail(Engine engine)
    {
        await using var sink = new SmtpSink();
        await using var node = new PostfleetNode(await engine.SpecAsync() with { Routes = [("*", $"smtp://127.0.0.1:{sink.Port}")] });
        await node.StartAsync();
        var id = await OrderAsync(node, new { kind = "suspend", selector = new { stream = "default" }, reason = "maintenance" });
        var sent = await SendAsync(node, 150);
        await node.KillAsync();
        await node.StartAsync();
        await WaitForMessagesAsync(node, sent.Count);
        Assert.Equal(0, sink.Deliveries);
        using (var ended = await _http.DeleteAsync(new Uri($"http://{node.Admin}/api/v1/actions/{id}"))) ended.EnsureSuccessStatusCode();
        await node.WaitEmptyAsync(Limit);
        Assert.All(sent, pair => Assert.Equal(1, sink.Count(pair.Id, pair.Recipient)));
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task A_deletion_that_a_kill_interrupts_is_completed(Engine engine)
    {
        await using var sink = new SmtpSink();
        await using var node = new PostfleetNode(await engine.SpecAsync() with { Routes = [("*", $"smtp://127.0.0.1:{sink.Port}")] });
        await node.StartAsync();
        var suspension = await OrderAsync(node, new { kind = "suspend", selector = new { queue = "*" } });
        var sent = await SendAsync(node, 1200);
        await WaitForMessagesAsync(node, sent.Count);
        var id = await OrderAsync(node, new { kind = "delete", selector = new { queue = "*" }, reason = "wrong campaign" });
        await node.KillAsync();
        await node.StartAsync();
        await Eventually.True(
            async () => (string?)(await node.GetAsync($"/api/v1/actions/{id}"))["state"] == "done", Limit,
            () => $"action {id} is not done");
        using (var ended = await _http.DeleteAsync(new Uri($"http://{node.Admin}/api/v1/actions/{suspension}")))
            ended.EnsureSuccessStatusCode();
        await node.WaitEmptyAsync(Limit);
        Assert.Equal(0, sink.Deliveries);
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task A_move_to_a_stream_that_a_kill_interrupts_is_completed_and_delivers_each_message_once(Engine engine)
    {
        await using var sink = new SmtpSink();
        await using var node = new PostfleetNode(await engine.SpecAsync() with { Routes = [("*", $"smtp://127.0.0.1:{sink.Port}")] });
        await node.StartAsync();
        var suspensions = new[]
        {
            await OrderAsync(node, new { kind = "suspend", selector = new { stream = "default" } }),
            await OrderAsync(node, new { kind = "suspend", selector = new { stream = "bulk" } }),
        };
        var sent = await SendAsync(node, 1200);
        await WaitForMessagesAsync(node, sent.Count);
        var id = await OrderAsync(node, new { kind = "move", selector = new { stream = "default" }, toStream = "bulk", reason = "slowly" });
        await node.KillAsync();
        await node.StartAsync();
        await Eventually.True(
            async () => (string?)(await node.GetAsync($"/api/v1/actions/{id}"))["state"] == "done", Limit,
            () => $"action {id} is not done");
        await Eventually.True(
            async () => (int?)(await node.GetAsync("/api/v1/queues?stream=bulk"))["total"]!["messages"] == sent.Count, Limit,
            () => "not all messages are in their new queues");
        Assert.Equal(0, (int?)(await node.GetAsync("/api/v1/queues?stream=default"))["total"]!["messages"]);
        foreach (var suspension in suspensions)
        {
            using var ended = await _http.DeleteAsync(new Uri($"http://{node.Admin}/api/v1/actions/{suspension}"));
            ended.EnsureSuccessStatusCode();
        }

        await node.WaitEmptyAsync(Limit);
        Assert.All(sent, pair => Assert.Equal(1, sink.Count(pair.Id, pair.Recipient)));
        var moved = await node.GetAsync("/api/v1/messages?stream=bulk&state=delivered&limit=1");
        var timeline = $"{await node.GetAsync($"/api/v1/messages/{(string?)moved["messages"]![0]!["id"]}")}";
        Assert.Contains("moved to the stream bulk by an operator", timeline, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_suspension_takes_back_what_waits_at_a_slow_site()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => SinkAction.Accept with { Delay = TimeSpan.FromMilliseconds(step.Stage == SinkStage.EndOfData ? 500 : 0) },
        });
        await using var node = new PostfleetNode(new NodeSpec
        {
            Routes = [("*", $"smtp://127.0.0.1:{sink.Port}")],
            Configure = json => json["Delivery"] = new JsonObject { ["MaxConnectionsPerSite"] = 2 },
        });
        await node.StartAsync();
        var sent = await SendAsync(node, 100);
        await Eventually.True(
            async () => (await node.QueuesAsync()).InFlight > 20, Limit, () => "the destination does not get the mail");
        await OrderAsync(node, new { kind = "suspend", selector = new { queue = "*" } });
        var before = sink.Deliveries;
        await Eventually.True(async () => (await node.QueuesAsync()).InFlight == 0, Limit, () => "jobs are left at the destination");
        Assert.InRange(sink.Deliveries - before, 0, 12);
        Assert.True((await node.QueuesAsync()).Messages > sent.Count - 40, "most mail is still in the queues");
    }

    [Fact]
    public async Task A_move_to_a_route_stands_until_it_is_cancelled_and_defers_mail_when_a_reload_removes_the_route()
    {
        await using var first = new SmtpSink();
        await using var second = new SmtpSink();
        await using var node = new PostfleetNode(new NodeSpec
        {
            Routes = [("*", $"smtp://127.0.0.1:{first.Port}")],
            Configure = json => json["Routes"]!.AsArray().Add(
                new JsonObject { ["Name"] = "backup", ["To"] = $"smtp://127.0.0.1:{second.Port}" }),
        });
        await node.StartAsync();
        var id = await OrderAsync(node, new { kind = "move", selector = new { site = $"*127.0.0.1:{first.Port}" }, toRoute = "backup" });
        await WaitForRouteAsync(node, "deliver", $"action {id}");
        var moved = await SendAsync(node, 10);
        await WaitForDeliveriesAsync(second, moved);
        Assert.Equal(0, first.Deliveries);

        node.Rewrite(json => json["Routes"]!.AsArray().RemoveAt(1));
        using (var reloaded = await _http.PostAsync(new Uri($"http://{node.Admin}/api/v1/reload"), null))
            reloaded.EnsureSuccessStatusCode();
        await WaitForRouteAsync(node, "defer", $"action {id}");
        var deferred = await SendAsync(node, 10);
        await Eventually.True(
            async () => $"{await node.GetAsync("/api/v1/queues/default:domain0.example")}".Contains(
                "4.3.5", StringComparison.Ordinal), Limit, () => "no queue shows the missing route");
        using (var ended = await _http.DeleteAsync(new Uri($"http://{node.Admin}/api/v1/actions/{id}"))) ended.EnsureSuccessStatusCode();
        await WaitForRouteAsync(node, "deliver", null);
        await WaitForDeliveriesAsync(first, deferred);
        Assert.Equal(moved.Count, second.Deliveries);
    }

    private static async Task WaitForDeliveriesAsync(SmtpSink sink, IReadOnlyList<(string Id, string Recipient)> sent) =>
        await Eventually.True(
            () => Task.FromResult(sent.All(pair => sink.Count(pair.Id, pair.Recipient) == 1)), Limit,
            () => $"{sent.Count(pair => sink.Count(pair.Id, pair.Recipient) == 1)} of {sent.Count} messages have arrived");

    private static async Task WaitForRouteAsync(PostfleetNode node, string result, string? move) => await Eventually.True(
        async () => await node.GetAsync("/api/v1/resolve?domain=domain0.example") is var way && (string?)way["result"] == result
            && (string?)way["move"] == move, Limit, () => $"the way of the mail is not '{result}' by {move ?? "no action"}");

    private static async Task WaitForMessagesAsync(PostfleetNode node, int count) => await Eventually.True(
        async () => (await node.QueuesAsync()).Messages == count, Limit, () => $"not all of {count} messages are in their queues");

    private static async Task<IReadOnlyList<(string Id, string Recipient)>> SendAsync(PostfleetNode node, int count)
    {
        await using var load = LoadClient.Start(new LoadPlan([node.Relay], n => [$"to@domain{n % 3}.example"]));
        await load.ReachedAsync(count, Limit);
        await load.StopAsync().WaitAsync(Limit);
        return [.. load.Acknowledged.Values.Select(sent => (sent.Id, sent.Recipients.Single()))];
    }

    private async Task<string> OrderAsync(PostfleetNode node, object order)
    {
        // A node that has just started may not have found the owner of the actions yet.
        await Eventually.True(async () => await HasOwnerAsync(node), Limit, () => "the owner of the actions does not answer");
        using var answer = await _http.PostAsJsonAsync(new Uri($"http://{node.Admin}/api/v1/actions"), order);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return (string)JsonNode.Parse(body)!["id"]!;
    }

    private async Task<bool> HasOwnerAsync(PostfleetNode node)
    {
        using var answer = await _http.GetAsync(new Uri($"http://{node.Admin}/api/v1/actions?limit=1"));
        return answer.IsSuccessStatusCode;
    }
}
