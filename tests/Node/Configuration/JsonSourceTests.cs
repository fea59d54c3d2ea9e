using Xunit;

namespace Postfleet.Node.Tests.Configuration;

public sealed class JsonSourceTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Fact]
    public void Comments_and_trailing_commas_are_taken()
    {
        _sources.Write("""
            {
              // the name of the node
              "Node": { "Hostname": "mail.example.org", /* all of it */ "Roles": [ "queue", "delivery", ], },
            }
            """);

        Assert.Equal("mail.example.org", _sources.LoadOptions().Node.Hostname);
    }

    [Fact]
    public void Numbers_may_be_numbers_or_text()
    {
        _sources.Write("""{ "Cluster": { "Port": 4054 }, "Delivery": { "Port": "2526" }, "Smtp": { "MaxMessageSize": 1000000 } }""");

        var options = _sources.LoadOptions();

        Assert.Equal((4054, 2526, 1_000_000L), (options.Cluster.Port, options.Delivery.Port, options.Smtp.MaxMessageSize.Bytes));
    }

    [Theory]
    [InlineData("{\n  \"Queues\": {\n    \"FirstRetry\": \"5m\" \"x\"\n  }\n}", 3, 24)]
    [InlineData("", 1, 1)]
    [InlineData("{ \"Log\": ", 1, 10)]
    public void Malformed_json_is_one_line_with_its_place(string json, int line, int position)
    {
        var file = _sources.Write(json);

        var error = _sources.LoadError();

        Assert.StartsWith($"{file}, line {line}, position {position}: ", error, StringComparison.Ordinal);
        Assert.EndsWith("; allowed: JSON, with comments and trailing commas", error, StringComparison.Ordinal);
        Assert.DoesNotContain(error, char.IsControl);
        Assert.DoesNotContain("LineNumber", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"Node\": { \"Hostname\": \"a\u00ff\" } }", "Node:Hostname")]
    [InlineData("{ \"Node\": { \"Hostname\": \"\\ud800\" } }", "Node:Hostname")]
    [InlineData("{ \"Node\": { \"Host\u00ffname\": \"a\" } }", "a key in Node")]
    [InlineData("{ \"\\udc00\": 1 }", "a key")]
    public void Text_that_is_no_unicode_is_refused_in_one_line(string json, string what)
    {
        var file = _sources.Write("");
        // One octet a character: U+00FF becomes an octet outside of UTF-8.
        File.WriteAllBytes(file, System.Text.Encoding.Latin1.GetBytes(json));

        Assert.Equal($"{what} is no text that can be read; allowed: characters in UTF-8 ({file})", _sources.LoadError());
    }

    [Fact]
    public void Key_with_a_line_end_is_reported_in_one_line()
    {
        _sources.Write("{ \"Lo\\ng\": { \"Level\": \"info\" } }");

        Assert.StartsWith("unknown key 'Lo g:Level'", _sources.LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_is_too_long_is_one_fault()
    {
        var file = _sources.Write(
            $"{{ \"Relay\": {{ \"Domains\": [ {string.Join(", ", Enumerable.Range(0, 10_002).Select(i => $"\"d{i}.example\""))} ] }} }}");

        Assert.Equal($"Relay:Domains has an element with the index 10000; allowed: 0 to 9999 ({file})", _sources.LoadError());
    }

    [Fact]
    public void A_password_in_the_address_of_a_route_is_not_shown()
    {
        _sources.Arguments.AddRange(["--Routes:0:Domain=*", "--Routes:0:To=smtp://us:hunter2@relay.example.org:25"]);

        Assert.StartsWith("Routes:0:To is 'smtp://***@relay.example.org:25'; allowed: ", _sources.LoadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "Array")]
    [InlineData("5", "Number")]
    public void Json_that_is_no_object_is_refused(string json, string kind)
    {
        var file = _sources.Write(json);

        Assert.Equal($"{file}, line 1: the file holds {kind}; allowed: an object with sections", _sources.LoadError());
    }

    [Theory]
    [InlineData("""{ "Admin": { "Token": null } }""", "Admin:Token is null; allowed: letters, digits and -._~+/=, or empty ({0})")]
    [InlineData("""{ "Log": { "Level": [] } }""", "Log:Level is []; allowed: trace, debug, info, warn, error ({0})")]
    [InlineData("""{ "Log": { "Level": {} } }""", "Log:Level is {}; allowed: trace, debug, info, warn, error ({0})")]
    [InlineData("""{ "Log": { "Level": true } }""", "Log:Level is 'true'; allowed: trace, debug, info, warn, error ({0})")]
    [InlineData("""{ "Log": "debug" }""", "Log is 'debug'; allowed: a section with Format, Level ({0})")]
    [InlineData("""{ "Log": [] }""", "Log is []; allowed: a section with Format, Level ({0})")]
    [InlineData("""{ "Log": { "Level": [ "debug" ] } }""", "unknown key 'Log:Level:0' ({0}); did you mean 'Log:Level'?")]
    [InlineData("""{ "Log": { "Level": "info", "level": "debug" } }""", "Log:Level is given twice ({0}); allowed: once")]
    public void Values_of_the_wrong_shape_are_refused(string json, string error)
    {
        var file = _sources.Write(json);

        Assert.Equal(error.Replace("{0}", file, StringComparison.Ordinal), _sources.LoadError());
    }

    [Fact]
    public void An_empty_section_changes_nothing()
    {
        _sources.Write("""{ "Queues": {}, "Delivery": { "Timeouts": {} } }""");

        Assert.Equal(TimeSpan.FromMinutes(5), _sources.LoadOptions().Queues.FirstRetry);
    }

    [Fact]
    public void Folder_instead_of_a_file_is_refused_like_a_missing_file()
    {
        Directory.CreateDirectory(Path.Combine(_sources.WorkingDirectory, "folder.json"));
        _sources.ConfigFile = "folder.json";

        Assert.Equal("--config is 'folder.json', but the file does not exist; allowed: an existing file", _sources.LoadError());
    }
}
