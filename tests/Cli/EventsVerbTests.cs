using Xunit;

namespace Postfleet.Cli.Tests;

public sealed class EventsVerbTests : IAsyncLifetime
{
    private const string Deferred =
        """{"messageId":"01A","at":"2026-11-29T17:00:00Z","kind":"deferred","sender":"a@shop.test","recipient":"b@slow.test",""" +
        """
        "queue":"default:slow.test","class":"throttled","reply":"421 later"}
        """;

    private readonly FakeApi _api = new();

    public Task InitializeAsync() => _api.InitializeAsync();

    public Task DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task Events_are_lines_and_a_lost_connection_continues_after_the_last_event()
    {
        _api.OnEach(
            "GET /api/v1/events", $":\nid: p1\n\nid: p2\nevent: message.deferred\ndata: {Deferred}\n\n",
            "event: feed.gap\ndata: {}\n\nid: p3\n\n", "data: no event\n\n");
        var client = new Client(_api.Endpoint) { Time = TimeProvider.System };

        Assert.Equal(1, await client.RunAsync("events", "--events", "deferred,message.failed", "--domain", "slow.test"));
        Assert.Equal(["", "p2", "p3"], _api.Positions);
        Assert.All(
            _api.Requests,
            request => Assert.Equal("GET /api/v1/events?events=message.deferred%2Cmessage.failed&domain=slow.test", request.Line));
        Assert.Equal(
            "2026-11-29T17:00:00Z deferred  01A default:slow.test <a@shop.test> -> <b@slow.test> [throttled] 421 later\n", client.Output);
        Assert.Equal(
            """
            postfleet: the node has ended the stream; connecting again
            postfleet: events are missing: the history has dropped them before they were read
            postfleet: the node has ended the stream; connecting again
            postfleet: the answer is no stream of events; is the API of a node there?

            """,
            client.Error);
    }

    [Fact]
    public async Task Programs_get_a_json_line_with_the_position_of_each_event()
    {
        _api.OnEach(
            "GET /api/v1/events", $"id: p2\nevent: message.deferred\ndata: {Deferred}\n\n", new string('x', (4 << 20) + 1) + "\n");
        var client = new Client(_api.Endpoint) { Time = TimeProvider.System };

        Assert.Equal(1, await client.RunAsync("events", "--json", "--after", "p1"));
        Assert.Equal(["p1", "p2"], _api.Positions);
        Assert.Equal($$"""{"position":"p2","event":"message.deferred","data":{{Deferred}}}""" + "\n", client.Output);
    }

    [Fact]
    public async Task Ctrl_c_ends_with_0_and_the_position()
    {
        _api.On("GET /api/v1/events", "id: p7\n\n");
        using var end = new CancellationTokenSource();
        var client = new Client(_api.Endpoint) { Time = TimeProvider.System };
        var running = client.RunAsync(end.Token, "events");
        while (_api.Positions.LastOrDefault() != "p7") await Task.Delay(5);
        await end.CancelAsync();

        Assert.Equal(0, await running);
        Assert.EndsWith("postfleet: to continue here: --after p7\n", client.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, 2, "events is 'message.x'; allowed: ...")]
    [InlineData(409, 1, "History:Keep is none")]
    [InlineData(503, 1, "the node has 100 streams of events")]
    public async Task A_refusal_ends_the_verb(int status, int code, string detail)
    {
        _api.On("GET /api/v1/events", $$"""{"type":"urn:x","detail":"{{detail}}"}""", status);
        var client = new Client(_api.Endpoint);

        Assert.Equal(code, await client.RunAsync("events", "--events", "x"));
        Assert.Equal($"postfleet: {detail}\n", client.Error);
    }
}
