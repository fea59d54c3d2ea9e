using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>A higher layer replaces a list completely. The elements of a list must be complete and without gaps.</summary>
public sealed class ListTests : IDisposable
{
    private const string TwoListeners = """
        { "Listeners": [ { "Endpoint": "127.0.0.1:1" }, { "Endpoint": "127.0.0.1:2" } ], "Relay": { "Domains": [ "a.example", "b.example" ] } }
        """;

    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Fact]
    public void A_list_of_a_higher_layer_replaces_the_lower_one_as_a_whole()
    {
        _sources.Write(TwoListeners);
        _sources.Environment["POSTFLEET_Listeners__0__Endpoint"] = "127.0.0.1:3";
        _sources.Arguments.Add("--Relay:Domains:0=c.example");

        var options = _sources.LoadOptions();

        Assert.Equal(["127.0.0.1:3"], options.Listeners.Select(listener => $"{listener.Endpoint}"));
        Assert.Equal(["c.example"], options.Relay.Domains.Select(domain => domain.Text));
    }

    [Fact]
    public void A_list_that_no_layer_gives_keeps_its_elements()
    {
        _sources.Write(TwoListeners);
        _sources.Arguments.Add("--Storage:Path=x");

        Assert.Equal(2, _sources.LoadOptions().Listeners.Count);
    }

    [Fact]
    public void Other_fields_of_a_replaced_element_are_at_their_defaults_again()
    {
        _sources.Write("""{ "Queues": { "Domains": [ { "Domain": "a.example", "Lifetime": "1d" } ] } }""");
        _sources.Arguments.AddRange(["--Queues:Domains:0:Domain=b.example", "--Queues:Domains:0:MaxRetry=1h"]);

        var domain = Assert.Single(_sources.LoadOptions().Queues.Domains);

        Assert.Equal(("b.example", null, TimeSpan.FromHours(1)), (domain.Domain.Text, domain.Lifetime, domain.MaxRetry));
    }

    [Theory]
    [InlineData("""{ "Relay": { "TrustedNetworks": [] }, "Routes": [] }""", null, null)]
    [InlineData("{}", "POSTFLEET_Relay__TrustedNetworks", "POSTFLEET_Routes")]
    [InlineData("{}", "--Relay:TrustedNetworks=", "--Routes=")]
    public void Every_layer_can_empty_a_list(string file, string? first, string? second)
    {
        _sources.Write(file);
        foreach (var name in new[] { first, second }.OfType<string>())
        {
            if (name.StartsWith('-')) _sources.Arguments.Add(name);
            else _sources.Environment[name] = "";
        }

        var options = _sources.LoadOptions();

        Assert.Empty(options.Relay.TrustedNetworks);
        Assert.Empty(options.Routes);
    }

    [Fact]
    public void A_list_of_values_can_be_one_text_with_commas()
    {
        _sources.Environment["POSTFLEET_Node__Roles"] = "queue, delivery";
        _sources.Arguments.Add("--Relay:Domains=a.example,*.b.example");

        var options = _sources.LoadOptions();

        Assert.Equal(["queue", "delivery"], options.Node.Roles);
        Assert.Equal(["a.example", "*.b.example"], options.Relay.Domains.Select(domain => domain.Text));
    }

    [Fact]
    public void A_text_after_elements_on_a_command_line_is_the_whole_list()
    {
        _sources.Arguments.AddRange(["--Relay:Domains:0=a.example", "--Relay:Domains:1=b.example", "--Relay:Domains=c.example"]);

        Assert.Equal(["c.example"], _sources.LoadOptions().Relay.Domains.Select(domain => domain.Text));
    }

    [Fact]
    public void More_than_ten_elements_keep_the_order_of_their_indexes()
    {
        for (var i = 11; i >= 0; i--) _sources.Environment[$"POSTFLEET_Relay__Domains__{i}"] = $"d{i}.example";

        var domains = _sources.LoadOptions().Relay.Domains;
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"d{i}.example"), domains.Select(domain => domain.Text));
    }

    [Theory]
    [InlineData("--Listeners:1:Endpoint=127.0.0.1:0",
        "Listeners:1 is given without Listeners:0; allowed: indexes from 0 on without gaps (command line --Listeners:1:Endpoint)")]
    [InlineData("--Listeners:0:Service=relay",
        "Listeners:0:Endpoint is missing; allowed: address:port, with IPv6 addresses in brackets (command line --Listeners:0:Service)")]
    [InlineData("--Routes:0:To=mx",
        "Routes:0:Domain is missing; allowed: *, *.suffix or a domain name, or none for a route with a Name, which only a move uses")]
    [InlineData("--Routes:0:Name=backup",
        "Routes:0:To is missing; allowed: mx, smtp://host:port, smtps://host:port, lmtp://host:port, lmtp:///path, capture, discard or " +
        "reject (command line --Routes:0:Name)")]
    [InlineData("--Listeners=127.0.0.1:25", "Listeners is '127.0.0.1:25'; allowed: a list, each element with Endpoint, Service, Stream, Checks, Filters, ImplicitTls, ProxyProtocol (command line --Listeners)")]
    [InlineData("--Node:Roles=queue,backend", "Node:Roles:1 is 'backend'; allowed: frontend, queue, delivery (command line --Node:Roles)")]
    [InlineData("--Listeners:00:Endpoint=127.0.0.1:0",
        "unknown key 'Listeners:00:Endpoint' (command line --Listeners:00:Endpoint); did you mean 'Listeners:0:Endpoint'?")]
    [InlineData("--Listeners:0=127.0.0.1:0",
        "Listeners:0 is '127.0.0.1:0'; allowed: a section with Endpoint, Service, Stream, Checks, Filters, ImplicitTls, ProxyProtocol (command line --Listeners:0)")]
    public void An_incomplete_list_is_refused(string argument, string error)
    {
        _sources.Arguments.Add(argument);

        Assert.Equal(error, _sources.LoadError());
    }

    [Theory]
    [InlineData("""{ "Listeners": [ {} ] }""", "Listeners:0:Endpoint is missing; allowed: address:port, with IPv6 addresses in brackets ({0})")]
    [InlineData("""{ "Listeners": {} }""",
        "Listeners is {}; allowed: a list, each element with Endpoint, Service, Stream, Checks, Filters, ImplicitTls, ProxyProtocol ({0})")]
    [InlineData("""{ "Relay": { "Domains": null } }""", "Relay:Domains is null; allowed: a list, each element a domain name or *.suffix ({0})")]
    public void An_incomplete_list_in_a_file_is_refused(string json, string error)
    {
        var file = _sources.Write(json);

        Assert.Equal(error.Replace("{0}", file, StringComparison.Ordinal), _sources.LoadError());
    }
}
