using System.Text;
using Xunit;

namespace Postfleet.Cli.Tests;

public sealed class MessageVerbTests : IAsyncLifetime
{
    private readonly FakeApi _api = new();

    public Task InitializeAsync() => _api.InitializeAsync();

    public Task DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_search_passes_its_filters_on()
    {
        _api.On("GET /api/v1/messages", """
            {"messages":[{"id":"01KB8Z3N7Q0000000000000000","at":"2026-11-29T17:00:00Z","state":"deferred","sender":"a@shop.test",
              "recipient":"b@slow.test","queue":"default:slow.test","class":"throttled","reply":"421 later"}],
              "cursor":null,"isComplete":true,"unanswered":[]}
            """);
        var client = new Client(_api.Endpoint);

        Assert.Equal(
            0, await client.RunAsync("messages", "--recipient", "b+c@slow.test", "--message-id", "<1@shop.test>", "--since", "2h"));
        Assert.Equal(
            "GET /api/v1/messages?recipient=b%2Bc%40slow.test&messageId=%3C1%40shop.test%3E&since=2026-11-29T16%3A00%3A00Z",
            _api.Requests.Single().Line);
        Assert.Equal(
            """
            ID                          TIME                  STATE     SENDER       RECIPIENT    QUEUE              CLASS      REPLY
            01KB8Z3N7Q0000000000000000  2026-11-29T17:00:00Z  deferred  a@shop.test  b@slow.test  default:slow.test  throttled  421 later

            """,
            client.Output);
    }

    [Fact]
    public async Task The_timeline_of_a_message_is_a_table_of_its_events()
    {
        _api.On("GET /api/v1/messages/01A", """
            {"id":"01A","metadata":{},"isComplete":true,
             "parts":[{"queue":"default:slow.test","state":"deferred","why":{"constraint":"retry-pause","text":"it waits"}}],
             "events":[
              {"at":"2026-11-29T17:00:00Z","kind":"accepted","recipient":"b@slow.test","reply":null},
              {"at":"2026-11-29T17:00:02Z","kind":"deferred","recipient":"b@slow.test","reply":"421 4.7.0 later","takeover":null},
              {"at":"2026-11-29T17:00:03Z","kind":"takeover","recipient":"","takeover":{"owner":"n2:1","text":"n2:1 has taken over"}}]}
            """);
        var client = new Client(_api.Endpoint);

        Assert.Equal(0, await client.RunAsync("message", "01A"));
        Assert.Equal(
            """
            id           01A
            is complete  yes

            parts:
            QUEUE              STATE     WHY
            default:slow.test  deferred  it waits

            events:
            AT                    KIND      RECIPIENT    REPLY            TAKEOVER
            2026-11-29T17:00:00Z  accepted  b@slow.test  -                -
            2026-11-29T17:00:02Z  deferred  b@slow.test  421 4.7.0 later  -
            2026-11-29T17:00:03Z  takeover  -            -                n2:1 has taken over

            """,
            client.Output);
    }

    [Fact]
    public async Task Content_of_a_message_is_printed_octet_for_octet_and_never_controls_a_terminal()
    {
        _api.On("GET /api/v1/messages/01A/raw", "Subject: \u001b[2J\r\n\r\nh\u00e9llo\r\n");
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("message", "01A", "--raw"));
        Assert.Equal("Subject: \u001b[2J\r\n\r\nh\u00e9llo\r\n", Encoding.UTF8.GetString(client.Octets.ToArray()));
        var terminal = new Client(_api.Endpoint) { IsTerminal = true };
        Assert.Equal(0, await terminal.RunAsync("message", "01A", "--raw"));
        Assert.StartsWith("Subject:  [2J\n\nh\u00e9llo\n", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_message_is_exit_code_4()
    {
        _api.On("GET /api/v1/messages/01B", """{"type":"urn:postfleet:problem:unknown-message","detail":"no message 01B"}""", 404);
        var client = new Client(_api.Endpoint);

        Assert.Equal(4, await client.RunAsync("message", "01B"));
        Assert.Equal("postfleet: no message 01B\n", client.Error);
    }

    [Fact]
    public async Task Resolve_asks_for_a_domain_and_a_stream()
    {
        _api.On("GET /api/v1/resolve", """{"queue":"bulk:slow.test","route":"mx"}""");
        var client = new Client(_api.Endpoint);

        Assert.Equal(0, await client.RunAsync("resolve", "slow.test", "--stream", "bulk"));
        Assert.Equal("GET /api/v1/resolve?domain=slow.test&stream=bulk", _api.Requests.Single().Line);
        Assert.Equal("queue  bulk:slow.test\nroute  mx\n", client.Output);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _postfleet postfleet")]
    [InlineData("zsh", "compdef _postfleet postfleet")]
    [InlineData("fish", "complete -c postfleet")]
    public async Task Completion_prints_the_script_of_a_shell(string shell, string line)
    {
        var client = new Client(null);

        Assert.Equal(0, await client.RunAsync("completion", shell));
        Assert.Contains(line, client.Output, StringComparison.Ordinal);
    }
}
