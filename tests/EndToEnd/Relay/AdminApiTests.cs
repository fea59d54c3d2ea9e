using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

public sealed class AdminApiTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Message_that_waits_is_found_read_and_deleted_by_an_action()
    {
        await using var node = new PostfleetNode(new NodeSpec { Routes = [("slow.test", $"smtp://127.0.0.1:{FreePort.Tcp()}")] });
        await node.StartAsync();
        await PostfixTools.SwaksAsync(node.Relay, "someone@slow.test");
        await Eventually.True(async () => (await node.QueuesAsync()).Deferred == 1, Limit, "the message is deferred");

        Assert.Equal("site-unavailable", (string?)(await node.GetAsync("/api/v1/queues/default:slow.test"))["why"]!["constraint"]);
        var id = (string)(await node.GetAsync("/api/v1/messages?recipient=someone@slow.test"))["messages"]![0]!["id"]!;
        Assert.Equal("default:slow.test", (string?)(await node.GetAsync($"/api/v1/messages/{id}"))["waiting"]![0]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{node.Admin}") };
        Assert.Contains($"ESMTP id {id}", await client.GetStringAsync($"/api/v1/messages/{id}/raw"), StringComparison.Ordinal);

        var order = new JsonObject { ["kind"] = "delete", ["selector"] = new JsonObject { ["message"] = id } };
        var ordered = await client.PostAsJsonAsync("/api/v1/actions", order);
        Assert.Equal(HttpStatusCode.Accepted, ordered.StatusCode);
        await Eventually.True(
            async () => (string?)(await node.GetAsync(ordered.Headers.Location!.ToString()))["state"] == "done",
            Limit, "the action is done");
        await node.WaitEmptyAsync(Limit);
        var timeline = await node.GetAsync($"/api/v1/messages/{id}");
        Assert.Empty(timeline["waiting"]!.AsArray());
        Assert.Equal("dropped", (string?)timeline["events"]!.AsArray()[^1]!["kind"]);
    }

    [Fact]
    public async Task Message_over_http_takes_the_path_of_a_message_by_smtp()
    {
        await using var node = new PostfleetNode(new NodeSpec { Routes = [("*", "capture")] });
        await node.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://{node.Admin}") };
        var request = new JsonObject
        {
            ["from"] = "bounces@shop.test",
            ["recipients"] = new JsonArray("one@a.test", "two@b.test"),
            ["headers"] = new JsonObject { ["Subject"] = "Your order" },
            ["text"] = "Thank you.",
        };
        using var events = new StreamReader(await client.GetStreamAsync("/api/v1/events?events=message.delivered"));
        await events.ReadLineAsync();
        var answer = await client.PostAsJsonAsync("/api/v1/messages", request);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var id = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!;
        await Eventually.True(
            async () => (await node.GetAsync("/api/v1/captured"))["messages"]!.AsArray().Count == 2, Limit, "both parts are captured");
        Assert.Contains(
            $"with HTTP id {id};", await client.GetStringAsync($"/api/v1/captured/{id}"), StringComparison.Ordinal);
        await node.WaitEmptyAsync(Limit);
        var timeline = await node.GetAsync($"/api/v1/messages/{id}");
        Assert.Equal(("http", "none"), (
            (string?)timeline["acceptance"]!["listener"], (string?)timeline["acceptance"]!["user"]));
        Assert.Equal(2, timeline["events"]!.AsArray().Count(each => (string?)each!["kind"] == "delivered"));
        HashSet<string> streamed = [];
        while (streamed.Count < 2)
        {
            var line = await events.ReadLineAsync().WaitAsync(Limit);
            if (line!.StartsWith("data: ", StringComparison.Ordinal) && line.Contains(id, StringComparison.Ordinal)) streamed.Add(line);
        }
    }
}
