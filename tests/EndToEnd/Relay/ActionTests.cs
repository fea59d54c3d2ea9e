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
        using var answer = await _http.PostAsJsonAsync(new Uri($"http://{node.Admin}/api/v1/actions"), order);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return (string)JsonNode.Parse(body)!["id"]!;
    }
}
