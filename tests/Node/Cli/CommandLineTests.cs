using System.Text.Json.Nodes;
using Postfleet.Node.Cli;
using Postfleet.Node.Options;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Node.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private const int Served = 17;

    private readonly TempFolder _folder = new("cli");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = [];
    private PostfleetOptions? _served;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--Storage:Path=x")]
    [InlineData("--Storage:Path", "x")]
    [InlineData("serve", "--Storage:Path=x")]
    [InlineData("--Storage:Path", "x", "serve")]
    [InlineData("serve", "--config", "there.json")]
    [InlineData("--config", "there.json")]
    [InlineData("--config=there.json")]
    public async Task Serve_is_the_default_and_gets_the_configuration(params string[] args)
    {
        File.WriteAllText(_folder["there.json"], """{ "Storage": { "Path": "x" } }""");

        Assert.Equal(Served, await RunAsync(args));
        Assert.Equal("x", _served!.Storage.Path);
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public async Task No_arguments_serve_a_node_with_the_defaults()
    {
        Assert.Equal(Served, await RunAsync());
        Assert.Equal("127.0.0.1:2525", $"{_served!.Listeners[0].Endpoint}");
    }

    [Fact]
    public async Task The_environment_is_read()
    {
        _environment["POSTFLEET_Storage__Path"] = "x";

        Assert.Equal(Served, await RunAsync());
        Assert.Equal("x", _served!.Storage.Path);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("serve")]
    [InlineData("-h")]
    [InlineData("/h")]
    [InlineData("@file")]
    [InlineData("[suggest]")]
    public async Task Value_of_a_setting_may_look_like_an_option(string value)
    {
        Assert.Equal(Served, await RunAsync("--Storage:Path", value));
        Assert.Equal(value, _served!.Storage.Path);
    }

    [Fact]
    public async Task Check_prints_the_configuration_without_secrets_and_serves_nothing()
    {
        var code = await RunAsync(
            "check", "--Storage:Path=x", "--Admin:Token=hunter2", "--Storage:ConnectionString=Host=db;Password=hunter3");

        Assert.Equal(0, code);
        Assert.Null(_served);
        var json = JsonNode.Parse(_output.ToString())!;
        Assert.Equal("x", (string?)json["Storage"]!["Path"]);
        Assert.Equal("***", (string?)json["Admin"]!["Token"]);
        Assert.DoesNotContain("hunter", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("check")]
    public async Task Each_fault_is_a_line_on_standard_error_and_the_exit_code_is_2(string verb)
    {
        var code = await RunAsync(verb, "--Queues:FirstRetry=soon", "--Queues:FirtRetry=5m");

        Assert.Equal(2, code);
        Assert.Null(_served);
        Assert.Equal("", _output.ToString());
        Assert.Equal(
            """
            postfleet: Queues:FirstRetry is 'soon'; allowed: a duration of 100ms to 10d, such as 30s, 5m, 4h (command line --Queues:FirstRetry)
            postfleet: unknown key 'Queues:FirtRetry' (command line --Queues:FirtRetry); did you mean 'Queues:FirstRetry'?

            """,
            _error.ToString());
    }

    [Theory]
    [InlineData("start")]
    [InlineData("--config")]
    [InlineData("--config", "nowhere.json")]
    [InlineData("check", "stray")]
    [InlineData("--confg", "there.json")]
    [InlineData("-x")]
    public async Task A_command_line_that_makes_no_sense_is_refused(params string[] args)
    {
        Assert.Equal(2, await RunAsync(args));
        Assert.Null(_served);
        Assert.StartsWith("postfleet: ", _error.ToString(), StringComparison.Ordinal);
        Assert.Single(_error.ToString().Trim().Split('\n'));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("check", "--help")]
    public async Task Help_is_printed(params string[] args)
    {
        Assert.Equal(0, await RunAsync(args));
        Assert.Null(_served);
        Assert.Contains("--config <FILE>", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_printed()
    {
        Assert.Equal(0, await RunAsync("--version"));
        Assert.Null(_served);
        Assert.Matches(@"^postfleet \d+\.\d+\.\d+\S*\n$", _output.ToString());
    }

    [Fact]
    public async Task Exceptions_of_the_node_are_not_reported_as_command_line_errors() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => CommandLine.RunAsync(
            [], (_, _) => throw new InvalidOperationException("the node's own"), Here()));

    [Theory]
    [InlineData("queues", "--limit", "5", "--Admin:Endpoint=127.0.0.1:1")]
    [InlineData("--config", "there.json", "queues", "--json")]
    [InlineData("mailq", "--config=there.json", "--Admin:Token", "abcdefghij")]
    public async Task Client_verbs_have_options_and_take_the_endpoint_of_the_configuration(params string[] args)
    {
        File.WriteAllText(_folder["there.json"], """{ "Admin": { "Endpoint": "0.0.0.0:1", "Token": "abcdefghij" } }""");

        Assert.Equal(3, await RunAsync(args));
        Assert.Null(_served);
        Assert.StartsWith("postfleet: cannot reach http://127.0.0.1:1/: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Self_signed_certificates_are_written_where_a_node_looks_for_them_and_replaced_only_on_request()
    {
        Assert.Equal(0, await RunAsync("cert", "--self-signed", "--Storage:Path=x"));
        var first = File.ReadAllText(_folder["x/tls.crt"]);
        Assert.Equal(2, await RunAsync("cert", "--self-signed", "--Storage:Path=x"));
        Assert.EndsWith(" exists already; allowed: --replace, to write both again\n", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(first, File.ReadAllText(_folder["x/tls.crt"]));
        Assert.Equal(0, await RunAsync("cert", "--self-signed", "--replace", "--Storage:Path", "x"));
        Assert.NotEqual(first, File.ReadAllText(_folder["x/tls.crt"]));

        Assert.Equal(Served, await RunAsync("--Storage:Path=x"));
        Assert.Equal(("x/tls.crt", "x/tls.key"), (_served!.Tls.Certificate, _served.Tls.Key));
        Assert.Equal([2525, 2587, 2465], _served.Listeners.Select(listener => listener.Endpoint.Port));
    }

    [Fact]
    public async Task Message_in_a_file_is_inspected_without_a_node()
    {
        File.WriteAllText(_folder["m.eml"], "From: a@example.org\nSubject: x\n\nhi\n");
        // Nothing answers at this port.
        Assert.Equal(0, await RunAsync(
            "inspect", _folder["m.eml"], "--Node:Hostname=mx.example.org", "--Dns:Servers:0=127.0.0.1:1", "--Dns:Timeout=100ms",
            "--Inbound:CheckTime=300ms"));
        var found = JsonNode.Parse(_output.ToString())!;
        Assert.StartsWith(
            "Authentication-Results: mx.example.org; dkim=none; dmarc=temperror", (string?)found["authenticationResults"],
            StringComparison.Ordinal);
        Assert.Equal("temperror", (string?)found["dmarc"]!["result"]);
        Assert.Equal("none", (string?)found["arc"]!["result"]);
        Assert.Empty(found["dkim"]!.AsArray());
        Assert.Null(found["spf"]);
    }

    [Theory]
    [InlineData("missing.eml cannot be read: Could not find file", "inspect", "missing.eml")]
    [InlineData("--client is 'x'; allowed: an IP address", "inspect", "m.eml", "--client", "x")]
    [InlineData("--from is 'x y'; allowed: a mail address, or <>", "inspect", "m.eml", "--client", "192.0.2.1", "--from", "x y")]
    [InlineData("--helo has no effect without --client; allowed: with the address of the client", "inspect", "m.eml", "--helo", "x")]
    [InlineData("m.eml is longer than Smtp:MaxMessageSize, which is 1KB", "inspect", "m.eml", "--Smtp:MaxMessageSize=1KB")]
    [InlineData("Required argument 'FILE' missing for command: 'inspect'.", "inspect")]
    public async Task Wrong_inspection_is_refused_with_a_line(string error, params string[] args)
    {
        File.WriteAllText(_folder["m.eml"], "From: a@example.org\n\n" + new string('x', 2000));
        Assert.Equal(2, await RunAsync(args));
        Assert.StartsWith($"postfleet: {error}", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cert lacks --self-signed; allowed: cert --self-signed, with --replace to write both files again", "cert")]
    [InlineData("Unrecognized command or argument '--selfsigned'.", "cert", "--selfsigned")]
    [InlineData("--limit is 'many'; allowed: a whole number", "queues", "--limit", "many")]
    [InlineData("SHELL is 'tcsh'; allowed: bash, zsh, fish", "completion", "tcsh")]
    public async Task A_wrong_value_of_a_verb_is_one_line(string line, params string[] args)
    {
        Assert.Equal(2, await RunAsync(args));
        Assert.Equal($"postfleet: {line}", _error.ToString().Trim());
    }

    [Fact]
    public async Task Shells_get_completions()
    {
        Assert.Equal(0, await RunAsync("[suggest:16]", "postfleet destin"));
        Assert.Equal("destination\ndestinations\n", _output.ToString());
        Assert.Equal("", _error.ToString());
    }

    [Theory]
    [InlineData("--Admin:Endpoint=127.0.0.1:0", "has port 0")]
    [InlineData("--Admin:Endpoint=there", "Admin:Endpoint is 'there'")]
    [InlineData("--config=nowhere.json", "does not exist")]
    [InlineData("--Admin:TokenFile=/nowhere/token", "token of the configuration cannot be read")]
    public async Task A_configuration_without_an_endpoint_is_wrong_use(string setting, string reason)
    {
        Assert.Equal(2, await RunAsync("status", setting));
        Assert.Contains(reason, Assert.Single(_error.ToString().Trim().Split('\n')), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(params string[] args) =>
        CommandLine.RunAsync(
            args,
            (configuration, _) =>
            {
                _served = configuration.Options;
                return Task.FromResult(Served);
            },
            Here());

    private Surroundings Here() => new(_environment, _folder.FullPath, _output, _error);
}
