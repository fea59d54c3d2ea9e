using System.Text.Json.Nodes;
using Postfleet.Configuration;
using Postfleet.Node.Configuration;
using Postfleet.Node.Options;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

public sealed class EffectiveConfigurationTests : IDisposable
{
    private readonly Sources _sources = new();

    public static TheoryData<string> Keys =>
        [.. ConfigurationTable.Table.Keys.Where(key => key.Secret == SecretKind.None).Select(key => key.Path)];

    public void Dispose() => _sources.Dispose();

    [Theory]
    [MemberData(nameof(Keys))]
    public void Printed_configuration_loads_as_the_same_configuration(string path)
    {
        _sources.Set(SourceLayer.NamedFile, KeyModel.Example(KeyModel.Get(path)));
        var options = _sources.LoadOptions();

        using var again = new Sources();
        again.Write(ToJson(options));

        var expected = OptionsMap.Flatten(options);
        var actual = OptionsMap.Flatten(again.LoadOptions());
        Assert.Equal(expected.Values, actual.Values);
        Assert.Equal(expected.Lists, actual.Lists);
    }

    [Fact]
    public void Negative_numbers_are_shown()
    {
        _sources.Arguments.AddRange(["--Inbound:DnsLists:0:Zone=wl.example.org", "--Inbound:DnsLists:0:Weight=-3"]);
        Assert.Equal(-3, (int)JsonNode.Parse(ToJson(_sources.LoadOptions()))!["Inbound"]!["DnsLists"]![0]!["Weight"]!);
    }

    [Fact]
    public void Values_have_the_forms_of_the_configuration()
    {
        var json = JsonNode.Parse(ToJson(new PostfleetOptions()))!;

        Assert.Equal("5m", (string?)json["Queues"]!["FirstRetry"]);
        Assert.Equal("25MB", (string?)json["Smtp"]!["MaxMessageSize"]);
        Assert.Equal(4053, (int)json["Cluster"]!["Port"]!);
        Assert.Equal("relay", (string?)json["Listeners"]![0]!["Service"]);
        Assert.Equal(["frontend", "queue", "delivery"], json["Node"]!["Roles"]!.AsArray().Select(role => (string?)role));
        Assert.Empty(json["Cluster"]!["Seeds"]!.AsArray());
    }

    [Fact]
    public void The_token_is_masked()
    {
        var json = ToJson(new PostfleetOptions { Admin = new() { Token = "hunter2" } });

        Assert.DoesNotContain("hunter2", json, StringComparison.Ordinal);
        Assert.Equal("***", (string?)JsonNode.Parse(json)!["Admin"]!["Token"]);
    }

    [Fact]
    public void Missing_token_is_shown() =>
        Assert.Equal("", (string?)JsonNode.Parse(ToJson(new PostfleetOptions()))!["Admin"]!["Token"]);

    [Theory]
    [InlineData("Host=db;Password=hunter2;Database=mail")]
    [InlineData("Host=db;PASSWORD=hunter2;Database=mail")]
    [InlineData("Host=db;Pwd=hunter2;Database=mail")]
    [InlineData("Host=db;PSW=hunter2;Database=mail")]
    [InlineData("Host=db;SSL Password=hunter2;Database=mail")]
    [InlineData("Host=db;Password='a;hunter2';Database=mail")]
    public void Passwords_in_the_connection_string_are_masked(string connectionString)
    {
        var json = ToJson(new PostfleetOptions { Storage = new() { ConnectionString = connectionString } });

        Assert.DoesNotContain("hunter2", json, StringComparison.Ordinal);
        var shown = (string?)JsonNode.Parse(json)!["Storage"]!["ConnectionString"];
        Assert.Contains("=***", shown, StringComparison.Ordinal);
        Assert.Contains("host=db", shown, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("database=mail", shown, StringComparison.OrdinalIgnoreCase);
    }

    private static string ToJson(PostfleetOptions options) => EffectiveConfiguration.ToJson(ConfigurationTable.Table, options);
}
