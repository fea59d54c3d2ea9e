using Xunit;

namespace Postfleet.Cli.Tests;

public sealed class ReloadVerbTests(FakeApi api) : IClassFixture<FakeApi>
{
    private const string Done = """
        {"nodes":[{"node":"a:4053","changed":["Routes","Log:Level"],"restartNeeded":["Listeners"],"errors":[]},
        {"node":"b:4053","changed":[],"restartNeeded":[],"errors":[]}],"isComplete":true,"unanswered":[]}
        """;

    [Fact]
    public async Task All_nodes_are_reloaded_and_the_changed_keys_are_shown()
    {
        api.On("POST /api/v1/reload", Done);
        var client = new Client(api.Endpoint);

        Assert.Equal(0, await client.RunAsync("reload"));
        var lines = client.Output.TrimEnd('\n').Split('\n');
        Assert.StartsWith("NODE ", lines[0], StringComparison.Ordinal);
        Assert.Contains("Routes, Log:Level", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("Listeners", lines[1].TrimEnd(), StringComparison.Ordinal);
        Assert.StartsWith("b:4053", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_node_can_be_named_and_the_answer_printed_as_it_came()
    {
        api.On("POST /api/v1/reload", Done);
        var client = new Client(api.Endpoint);

        Assert.Equal(0, await client.RunAsync("reload", "--node", "a:4053", "--json"));
        Assert.Equal(Done.TrimEnd('\n'), client.Output.TrimEnd('\n'));
        Assert.Contains(api.Requests, request => request.Line == "POST /api/v1/reload?node=a%3A4053");
    }

    [Fact]
    public async Task A_node_without_an_answer_is_named_and_the_verb_fails()
    {
        api.On("POST /api/v1/reload", Done.Replace("\"unanswered\":[]", "\"unanswered\":[\"c:4053\"]", StringComparison.Ordinal));
        var client = new Client(api.Endpoint);

        Assert.Equal(1, await client.RunAsync("reload"));
        Assert.Equal("postfleet: no answer from c:4053; these nodes may not have reloaded", client.Error.TrimEnd('\n'));
        Assert.Contains("Routes", client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_error_of_a_configuration_is_a_line()
    {
        api.On("POST /api/v1/reload", """
            {"type":"urn:postfleet:problem:reload-refused","title":"t","status":422,"detail":"a:4053: one",
            "errors":["a:4053: one","a:4053: two"],
            "nodes":[],"isComplete":false,"unanswered":["c:4053"]}
            """, 422);
        var client = new Client(api.Endpoint);

        Assert.Equal(1, await client.RunAsync("reload"));
        Assert.Equal(
            ["postfleet: a:4053: one", "postfleet: a:4053: two", "postfleet: no answer from c:4053"],
            client.Error.TrimEnd('\n').Split('\n'));
    }
}
