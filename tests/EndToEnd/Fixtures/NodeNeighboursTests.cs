using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Fixtures;

public sealed class NodeNeighboursTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Failure_of_a_node_shows_the_last_lines_of_the_nodes_with_its_database()
    {
        // The nodes end at once because of an unknown key.
        static PostfleetNode Node(string name, string database) => new(new NodeSpec
        {
            Name = name,
            Postgres = $"Host=nowhere.invalid;Database={database}",
            Configure = json => json["Queues"] = new JsonObject { [$"KeyOf{name}"] = "5m" },
        });
        await using var node = Node("First", "a");
        await using var stranger = Node("Third", "b");
        await EndAsync(node, stranger);
        await using (var neighbour = Node("Second", "a"))
        {
            await EndAsync(neighbour);
            var message = node.Process.Failure("not ready").Message;
            Assert.StartsWith("First: not ready\n", message, StringComparison.Ordinal);
            Assert.Matches(@"KeyOfFirst(.*\n)+--- Second 127\.[0-9.]+ \(ended\)\n(.*\n)*.*KeyOfSecond", message);
            Assert.DoesNotContain("Third", message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Second", node.Process.Failure("not ready").Message, StringComparison.Ordinal);
    }

    private static async Task EndAsync(params PostfleetNode[] nodes)
    {
        foreach (var node in nodes) Assert.Equal(2, await node.Launch().WaitForExitAsync(Limit));
    }
}
