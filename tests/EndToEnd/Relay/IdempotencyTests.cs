using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Requests with idempotency keys around a kill -9.</summary>
public sealed class IdempotencyTests
{
    private const int Messages = 40;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Messages_repeated_after_a_kill_are_sent_once(Engine engine)
    {
        await using var node = new PostfleetNode(await engine.SpecAsync() with { Routes = [("*", "capture")] });
        await node.StartAsync();
        Dictionary<int, string> first = [];
        using (var client = ClientOf(node))
        {
            // The kill comes while later requests are under way.
            var requests = Enumerable.Range(0, Messages).Select(number => TrySendAsync(client, number)).ToList();
            while (first.Count < Messages / 4)
            {
                var done = await Task.WhenAny(requests);
                requests.Remove(done);
                if (await done is { Id: { } id } sent) first.Add(sent.Number, id);
            }

            await node.KillAsync();
            foreach (var sent in await Task.WhenAll(requests)) if (sent.Id is not null) first.Add(sent.Number, sent.Id);
        }

        await node.StartAsync();
        using var again = ClientOf(node);
        var repeated = await Task.WhenAll(Enumerable.Range(0, Messages).Select(number => TrySendAsync(again, number)));
        Assert.All(repeated, sent => Assert.NotNull(sent.Id));
        Assert.All(first, sent => Assert.Equal(sent.Value, repeated[sent.Key].Id));
        Assert.Equal(Messages, repeated.Select(sent => sent.Id).Distinct().Count());
        using (var other = await PostAsync(again, Message(0, "another text")))
            Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);

        await Eventually.True(async () => (await CapturedAsync(node)).Count >= Messages, Limit, "all messages are captured");
        await node.WaitEmptyAsync(Limit);
        Assert.Equal(repeated.Select(sent => sent.Id).Order(), (await CapturedAsync(node)).Order());
    }

    private static async Task<List<string>> CapturedAsync(PostfleetNode node) =>
        [.. (await node.GetAsync("/api/v1/captured"))["messages"]!.AsArray().Select(each => (string)each!["id"]!)];

    private static HttpClient ClientOf(PostfleetNode node) => new() { BaseAddress = new Uri($"http://{node.Admin}") };

    private static JsonObject Message(int number, string text = "Thank you.") => new()
    {
        ["from"] = "bounces@shop.test",
        ["recipients"] = new JsonArray($"to{number}@a.test"),
        ["text"] = text,
        ["idempotencyKey"] = $"order-{number}",
    };

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, JsonObject message)
    {
        // With its length: the memory of the node is shared out by it.
        using var content = new StringContent(message.ToJsonString(), Encoding.UTF8, "application/json");
        return await client.PostAsync(new Uri("/api/v1/messages", UriKind.Relative), content);
    }

    private static async Task<(int Number, string? Id)> TrySendAsync(HttpClient client, int number)
    {
        try
        {
            using var answer = await PostAsync(client, Message(number));
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            return (number, answer.StatusCode == HttpStatusCode.Accepted ? (string?)body["id"] : null);
        }
        catch (HttpRequestException)
        {
            return (number, null);
        }
    }
}
