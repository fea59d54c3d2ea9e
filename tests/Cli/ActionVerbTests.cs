using System.Text.Json.Nodes;
using Xunit;

namespace Postfleet.Cli.Tests;

public sealed class ActionVerbTests : IAsyncLifetime
{
    private const string Ordered = """{"id":"12","queues":1,"messages":0}""";

    private readonly FakeApi _api = new();

    public Task InitializeAsync() => _api.InitializeAsync();

    public Task DisposeAsync() => _api.DisposeAsync();

    [Theory]
    [InlineData("retry", """{"id":"12","kind":"retry","state":"done","queues":2,"messages":40,"suspended":30,"held":5,"isExact":false}""",
        "at least 40 messages in 2 queues; 30 of them wait in suspended queues (postfleet resume); 5 more on hold, not tried " +
        "(postfleet release)")]
    [InlineData("resume", """{"id":"12","kind":"resume","state":"done","queues":0,"messages":0,"resumed":1}""", "1 suspension ended")]
    public async Task The_outcome_says_which_messages_cannot_go(string verb, string answer, string outcome)
    {
        _api.On("POST /api/v1/actions", Ordered, 202);
        _api.On("GET /api/v1/actions/12", answer);
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync(verb, "example.org"));
        Assert.Equal($"action 12 done: {outcome}\n", client.Output);
    }

    [Fact]
    public async Task An_order_has_its_selector_reason_and_expiry()
    {
        _api.On("POST /api/v1/actions", Ordered, 202);
        _api.On("GET /api/v1/actions/12", """{"id":"12","state":"standing","queues":3,"messages":0}""");
        var client = new Client(_api.Endpoint);

        Assert.Equal(0, await client.RunAsync(
            "suspend", "bulk:*", "--sender", "@shop.test", "--reason", "wrong campaign", "--expires", "2h"));
        Assert.Equal("action 12 is in force; it ends with: postfleet actions cancel 12\n", client.Output);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""
                {"kind":"suspend","selector":{"sender":"@shop.test","queue":"bulk:*"},"reason":"wrong campaign",
                 "expires":"2026-11-29T20:00:00Z"}
                """),
            JsonNode.Parse(_api.Requests.First().Body)));
    }

    [Theory]
    [InlineData("--to-route", "backup", """{"kind":"move","selector":{"site":"default|mx*"},"toRoute":"backup","reason":"throttled"}""")]
    [InlineData("--to-stream", "slow", """{"kind":"move","selector":{"site":"default|mx*"},"toStream":"slow","reason":"throttled"}""")]
    public async Task A_move_names_its_stream_or_its_route(string option, string value, string order)
    {
        _api.On("POST /api/v1/actions", Ordered, 202);
        _api.On("GET /api/v1/actions/12", """{"id":"12","state":"standing","queues":3,"messages":0}""");
        var client = new Client(_api.Endpoint);

        Assert.Equal(0, await client.RunAsync("move", "--site", "default|mx*", option, value, "--reason", "throttled"));
        Assert.Equal("action 12 is in force; it ends with: postfleet actions cancel 12\n", client.Output);
        Assert.Equal(order, _api.Requests.First().Body);
    }

    [Theory]
    [InlineData("example.org", "domain")]
    [InlineData("*.example.org", "domain")]
    [InlineData("bulk:example.org", "queue")]
    [InlineData("*", "queue")]
    [InlineData("01KB8Z3N7Q0000000000000000", "message")]
    public async Task A_target_is_a_queue_a_domain_or_a_message(string target, string member)
    {
        _api.On("POST /api/v1/actions", Ordered, 202);

        Assert.Equal(0, await new Client(_api.Endpoint).RunAsync("retry", target, "--no-wait"));
        Assert.Equal(target, (string?)JsonNode.Parse(_api.Requests.Single().Body)!["selector"]![member]);
    }

    [Fact]
    public async Task Flush_retries_all_mail()
    {
        _api.On("POST /api/v1/actions", Ordered, 202);

        Assert.Equal(0, await new Client(_api.Endpoint).RunAsync("flush", "--no-wait"));
        Assert.Equal("""{"kind":"retry","selector":{"queue":"*"}}""", _api.Requests.Single().Body);
    }

    [Theory]
    [InlineData("retry")]
    [InlineData("hold", "someone@example.org")]
    [InlineData("hold", "example.org", "--expires", "soon")]
    [InlineData("delete", "example.org", "--sender", "", "--yes")]
    [InlineData("delete", "", "--yes")]
    [InlineData("delete", "", "--sender", "a@example.org", "--yes")]
    [InlineData("delete", "example.org", "--domain", "example.net", "--yes")]
    [InlineData("flush", "")]
    [InlineData("move", "example.org")]
    [InlineData("move", "--to-route", "backup")]
    [InlineData("move", "example.org", "--to-route", "backup", "--to-stream", "slow")]
    [InlineData("move", "example.org", "--to-route", "")]
    public async Task An_order_without_a_clear_selector_is_wrong_use(params string[] args)
    {
        var client = new Client(_api.Endpoint);

        Assert.Equal(2, await client.RunAsync(args));
        Assert.Empty(_api.Requests);
        Assert.Single(client.Error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("bounce")]
    public async Task Destruction_asks_with_the_count_and_no_answer_means_no(string verb)
    {
        _api.On("POST /api/v1/actions", """{"id":"12","queues":2,"messages":40}""", 202);
        var client = new Client(_api.Endpoint) { CanAsk = true, Input = "\n" };

        Assert.Equal(1, await client.RunAsync(verb, "bulk:*"));
        Assert.Equal($"{verb} 40 messages in 2 queues? [y/N] postfleet: nothing was done\n", client.Error);
        Assert.True((bool)JsonNode.Parse(_api.Requests.Single().Body)!["dryRun"]!);
    }

    [Fact]
    public async Task A_confirmed_deletion_is_followed_until_it_is_done()
    {
        _api.On("POST /api/v1/actions", """{"id":"12","queues":2,"messages":40}""", 202);
        _api.OnEach(
            "GET /api/v1/actions/12",
            """{"id":"12","state":"running","queues":1,"messages":7}""", """{"id":"12","state":"done","queues":2,"messages":40}""");
        var client = new Client(_api.Endpoint) { CanAsk = true, Input = "y\n", Time = TimeProvider.System };

        Assert.Equal(0, await client.RunAsync("delete", "bulk:*"));
        Assert.Equal("action 12 done: 40 messages in 2 queues\n", client.Output);
        Assert.Equal(2, _api.Requests.Count(request => request.Line == "GET /api/v1/actions/12"));
        Assert.Null(JsonNode.Parse(_api.Requests.ElementAt(1).Body)!["dryRun"]);
    }

    [Fact]
    public async Task Destruction_without_a_terminal_needs_yes()
    {
        _api.On("POST /api/v1/actions", Ordered, 202);
        var client = new Client(_api.Endpoint);

        Assert.Equal(2, await client.RunAsync("delete", "bulk:*"));
        Assert.Empty(_api.Requests);
        Assert.Equal("postfleet: delete asks before it acts, and there is no terminal: add --yes or --dry-run\n", client.Error);
        Assert.Equal(0, await client.RunAsync("delete", "bulk:*", "--yes", "--no-wait"));
        Assert.Equal("action 12 ordered\n", client.Output);
    }

    [Fact]
    public async Task A_count_that_is_not_complete_is_a_lower_bound()
    {
        _api.On("POST /api/v1/actions", """{"queues":2,"messages":40,"isComplete":false,"unanswered":["10.0.0.3:4053"]}""");
        var client = new Client(_api.Endpoint) { CanAsk = true, Input = "\n" };

        Assert.Equal(1, await client.RunAsync("delete", "bulk:*"));
        Assert.StartsWith("delete at least 40 messages in 2 queues? [y/N] ", client.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_only_counts()
    {
        _api.On("POST /api/v1/actions", """{"id":null,"queues":1,"messages":1}""");
        var client = new Client(_api.Endpoint);

        Assert.Equal(0, await client.RunAsync("delete", "--domain", "example.org", "--dry-run"));
        Assert.Equal("delete would concern 1 message in 1 queue\n", client.Output);
    }

    [Theory]
    [InlineData("hold", """{"queues":1,"messages":5,"inFlight":2}""", "hold would concern 5 messages in 1 queue, 2 of them being sent now")]
    [InlineData("resume", """{"queues":1,"messages":5,"inFlight":2,"suspensions":1}""", "resume would end 1 suspension")]
    public async Task A_dry_run_counts_by_the_kind_of_the_action(string verb, string answer, string outcome)
    {
        _api.On("POST /api/v1/actions", answer);
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync(verb, "example.org", "--dry-run"));
        Assert.Equal($"{outcome}\n", client.Output);
        Assert.True((bool)JsonNode.Parse(_api.Requests.Single().Body)!["dryRun"]!);
    }

    [Fact]
    public async Task An_action_that_was_cancelled_meanwhile_is_a_failure()
    {
        _api.On("POST /api/v1/actions", Ordered, 202);
        _api.On("GET /api/v1/actions/12", """{"id":"12","state":"Cancelled","queues":3,"messages":5}""");

        Assert.Equal(1, await new Client(_api.Endpoint).RunAsync("retry", "*"));
    }

    [Fact]
    public async Task Actions_are_listed_shown_and_cancelled()
    {
        _api.On("GET /api/v1/actions", """
            {"actions":[{"id":"12","kind":"suspend","state":"standing","selector":{"queue":"bulk:*","domain":""},"reason":"wrong campaign",
              "author":"anna","orderedAt":"2026-11-29T17:00:00Z","expires":null,"queues":3,"messages":0}],"isComplete":true,"unanswered":[]}
            """);
        _api.On("GET /api/v1/actions/12", """{"id":"12","state":"standing"}""");
        _api.On("DELETE /api/v1/actions/12", """{"id":"12","state":"cancelled"}""");
        var client = new Client(_api.Endpoint);

        Assert.Equal(0, await client.RunAsync("actions"));
        Assert.Equal(0, await client.RunAsync("actions", "12"));
        Assert.Equal(0, await client.RunAsync("actions", "cancel", "12"));
        Assert.Equal(
            """
            ID  KIND     STATE     SELECTOR      QUEUES  MESSAGES  ORDERED               EXPIRES  AUTHOR  REASON
            12  suspend  standing  queue=bulk:*       3         0  2026-11-29T17:00:00Z  -        anna    wrong campaign
            id     12
            state  standing
            action 12 cancelled

            """,
            client.Output);
    }
}
