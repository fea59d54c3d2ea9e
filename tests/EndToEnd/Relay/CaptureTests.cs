using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

public sealed class CaptureTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task A_message_by_swaks_is_captured_and_listed_with_its_content(Engine engine)
    {
        await using var node = new PostfleetNode(await engine.SpecAsync());
        await node.StartAsync();
        await PostfixTools.SwaksAsync(
            node.Relay, "someone@anything.test", "--header", "Subject: captured by a test", "--body", "the body of it");

        await Eventually.True(async () => (await CapturedAsync(node)).Count == 1, Limit, "the message is listed");
        var message = (await CapturedAsync(node)).Single();
        Assert.Equal("captured by a test", message["subject"]!.GetValue<string>());
        Assert.Equal("swaks@source.test", message["from"]!.GetValue<string>());
        Assert.Equal("someone@anything.test", message["recipients"]!.AsArray().Single()!.GetValue<string>());
        var content = await node.CapturedAsync(message["id"]!.GetValue<string>());
        Assert.Contains("the body of it", Encoding.UTF8.GetString(content), StringComparison.Ordinal);
        Assert.True(MessageContent.TraceLength(content) > 0);
        await node.WaitEmptyAsync(Limit);
    }

    private static async Task<IReadOnlyList<JsonNode>> CapturedAsync(PostfleetNode node) =>
        [.. (await node.CapturedAsync())["messages"]!.AsArray().Select(message => message!)];
}
