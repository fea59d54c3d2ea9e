using System.Net;
using System.Net.Sockets;
using Postfleet.Cli.Common;
using Xunit;

namespace Postfleet.Cli.Tests;

public sealed class FailureTests(FakeApi api) : IClassFixture<FakeApi>
{
    [Theory]
    [InlineData(404, """{"type":"urn:postfleet:problem:unknown-queue","detail":"no queue 'a:b' has mail"}""", 4, "no queue 'a:b' has mail")]
    [InlineData(404, """{"error":"no queue 'a:b' has mail"}""", 4, "no queue 'a:b' has mail")]
    [InlineData(404, """{"type":"urn:postfleet:problem:not-found","detail":"no route"}""", 1, "does not have this request")]
    [InlineData(404, "", 1, "does not have this request")]
    [InlineData(400, """{"type":"urn:postfleet:problem:bad-parameter","detail":"limit is '0'"}""", 2, "limit is '0'")]
    [InlineData(401, """{"detail":"x"}""", 1, "needs a token: --token or POSTFLEET_TOKEN")]
    [InlineData(403, """{"detail":"the scope is missing"}""", 1, "the scope is missing")]
    [InlineData(503, """{"detail":"the node is starting"}""", 1, "the node is starting")]
    [InlineData(500, "<html>", 1, "answered 500")]
    [InlineData(200, "<html>", 1, "is not JSON")]
    public async Task An_error_is_one_line_and_an_exit_code(int status, string text, int code, string line)
    {
        api.On("GET /api/v1/queues/a:b", text, status);
        var client = new Client(api.Endpoint);

        Assert.Equal(code, await client.RunAsync("queue", "a:b"));
        Assert.StartsWith("postfleet: ", client.Error, StringComparison.Ordinal);
        Assert.Contains(line, Assert.Single(client.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Equal("", client.Output);
    }

    [Fact]
    public async Task No_node_at_the_endpoint_is_exit_code_3()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // Bound and not listening: connections are refused.
        var client = new Client($"{taken.LocalEndPoint}");

        Assert.Equal(3, await client.RunAsync("queues"));
        Assert.StartsWith($"postfleet: cannot reach http://{taken.LocalEndPoint}/: ", client.Error, StringComparison.Ordinal);
        Assert.Single(client.Error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("ftp://here")]
    [InlineData("http://")]
    [InlineData("a b")]
    [InlineData("http://here/?x=1")]
    public async Task An_endpoint_of_another_form_is_refused(string endpoint)
    {
        var client = new Client(endpoint);

        Assert.Equal(2, await client.RunAsync("queues"));
        Assert.Contains($"the endpoint is '{endpoint}'", client.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    public async Task A_name_of_no_entry_is_wrong_use(string name)
    {
        api.On("GET /api/v1/queues/", "{}");
        api.On("GET /api/v1/", "{}");
        foreach (string[] verb in (string[][])[["queue"], ["destination"], ["message"], ["actions"], ["actions", "cancel"]])
        {
            var client = new Client(api.Endpoint);
            Assert.Equal(2, await client.RunAsync([.. verb, name]));
            Assert.Contains($" is '{name}'; allowed: the name of one entry", client.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("a\r\nX-Other: b")]
    [InlineData("a\nb")]
    [InlineData("caf\u00e9")]
    public async Task A_token_with_other_characters_is_wrong_use(string token)
    {
        api.On("GET /api/v1/queues", "{}");
        var client = new Client(api.Endpoint);

        Assert.Equal(2, await client.RunAsync("queues", "--token", token));
        Assert.Equal("postfleet: the token has characters that no token has\n", client.Error);
    }

    [Theory]
    [InlineData(28, "postfleet: cannot write the output: no space\n")]
    [InlineData(32, "")]
    public async Task An_output_that_cannot_be_written_ends_the_verb(int error, string line)
    {
        api.On("GET /api/v1/queues", "{}");
        api.On("GET /api/v1/events", "id: p1\nevent: message.deferred\ndata: {}\n\n");
        foreach (string[] verb in (string[][])[["queues", "--json"], ["events", "--json"], ["completion", "bash"]])
        {
            await using var output = new FullOutput(error);
            var client = new Client(verb[0] == "completion" ? null : api.Endpoint) { OtherOutput = output };
            Assert.Equal(1, await client.RunAsync(verb));
            Assert.Equal(line, client.Error);
        }
    }

    [Theory]
    [InlineData("queues", "--limit", "many")]
    [InlineData("queue")]
    [InlineData("destinations", "stray")]
    public async Task A_wrong_command_line_does_not_parse(params string[] args) =>
        Assert.Equal(-1, await new Client(api.Endpoint).RunAsync(args));

    [Fact]
    public async Task The_token_goes_with_its_endpoint()
    {
        api.On("GET /api/v1/queues", "{}");
        var configured = new Client(null) { Local = new LocalNode(api.Endpoint, "ofFile", "") };
        Assert.Equal(0, await configured.RunAsync("queues"));
        var given = new Client(null) { Local = new LocalNode(api.Endpoint, "ofFile", "") };
        given.Environment["POSTFLEET_ENDPOINT"] = $"http://{api.Endpoint}/";
        Assert.Equal(0, await given.RunAsync("queues"));
        given.Environment["POSTFLEET_TOKEN"] = "ofVariable";
        Assert.Equal(0, await given.RunAsync("queues"));
        Assert.Equal(0, await given.RunAsync("queues", "--token", "ofOption"));

        Assert.Equal(["Bearer ofFile", "", "Bearer ofVariable", "Bearer ofOption"],
            api.Requests.Where(request => request.Line == "GET /api/v1/queues").Select(request => request.Authorization));
    }

    [Fact]
    public async Task A_configuration_without_endpoint_is_wrong_use()
    {
        var client = new Client(null) { Local = new LocalNode("", "", "Admin:Endpoint has port 0") };

        Assert.Equal(2, await client.RunAsync("queues"));
        Assert.Equal("postfleet: Admin:Endpoint has port 0\n", client.Error);
    }

    private sealed class FullOutput(int error) : StringWriter
    {
        public override void Write(char value) => throw new IOException("no space", error);

        public override void Write(char[] buffer, int index, int count) => Write(' ');

        public override void Write(string? value) => Write(' ');
    }
}
