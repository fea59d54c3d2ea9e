using Postfleet.Configuration;
using Postfleet.Node.Configuration;
using Postfleet.Node.Options;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>Tests of every key in every layer, and of the precedence of layers.</summary>
public sealed class LayerTests : IDisposable
{
    private readonly Sources _sources = new();

    public static TheoryData<string, SourceLayer> KeysAndLayers
    {
        get
        {
            var data = new TheoryData<string, SourceLayer>();
            foreach (var key in ConfigurationTable.Table.Keys)
            {
                foreach (var layer in Enum.GetValues<SourceLayer>()) data.Add(key.Path, layer);
            }

            return data;
        }
    }

    public static TheoryData<string> KeysWithDefault =>
        [.. ConfigurationTable.Table.Keys.Where(key => key.List is null).Select(key => key.Path)];

    public void Dispose() => _sources.Dispose();

    [Theory]
    [MemberData(nameof(KeysAndLayers))]
    public void Every_key_can_be_given_in_every_layer(string path, SourceLayer layer)
    {
        var key = KeyModel.Get(path);
        _sources.Set(layer, KeyModel.Example(key));

        Assert.Equal(key.Example, OptionsMap.Flatten(_sources.LoadOptions()).Values[KeyModel.FirstPath(key)]);
    }

    [Theory]
    [MemberData(nameof(KeysWithDefault))]
    public void The_higher_layer_wins_for_every_key(string path)
    {
        var key = KeyModel.Get(path);
        foreach (var (lower, higher) in new[]
        {
            (SourceLayer.NamedFile, SourceLayer.Environment), (SourceLayer.Environment, SourceLayer.CommandLine),
            (SourceLayer.NamedFile, SourceLayer.CommandLine),
        })
        {
            using var raised = new Sources();
            raised.Set(lower, (path, KeyModel.Default(key)));
            raised.Set(higher, KeyModel.Example(key));
            Assert.Equal(key.Example, OptionsMap.Flatten(raised.LoadOptions()).Values[path]);

            using var lowered = new Sources();
            lowered.Set(lower, KeyModel.Example(key));
            lowered.Set(higher, KeyModel.Reset(key));
            // An empty host name is replaced by the machine's name, which still differs from the example.
            var expected = path == "Node:Hostname" ? Sources.MachineName : KeyModel.Default(key);
            Assert.Equal(expected, OptionsMap.Flatten(lowered.LoadOptions()).Values[path]);
        }
    }

    [Fact]
    public void Keys_are_known_in_any_case()
    {
        _sources.Write("""{ "queues": { "FIRSTRETRY": "1m" } }""");
        _sources.Environment["postfleet_STORAGE__path"] = "there";
        _sources.Arguments.Add("--listeners:0:ENDPOINT=127.0.0.1:0");

        var options = _sources.LoadOptions();

        Assert.Equal(TimeSpan.FromMinutes(1), options.Queues.FirstRetry);
        Assert.Equal("there", options.Storage.Path);
        Assert.Equal("127.0.0.1:0", $"{Assert.Single(options.Listeners).Endpoint}");
    }

    [Fact]
    public void Values_are_bound_in_canonical_form()
    {
        _sources.Arguments.AddRange(
            ["--Node:Roles=QUEUE,Delivery", "--Routes:0:Domain=*.EXAMPLE.org.", "--Routes:0:To=SMTP://Relay.Example.org:25"]);

        var options = _sources.LoadOptions();

        Assert.Equal(["queue", "delivery"], options.Node.Roles);
        Assert.Equal("*.example.org", $"{options.Routes[0].Domain}");
        Assert.Equal("smtp://relay.example.org:25", $"{options.Routes[0].To}");
    }

    [Fact]
    public void Defaults_apply_without_any_source()
    {
        var options = _sources.LoadOptions();

        var expected = new PostfleetOptions { Node = new() { Hostname = Sources.MachineName } };
        Assert.Equal(OptionsMap.Flatten(expected).Values, OptionsMap.Flatten(options).Values);
    }

    [Fact]
    public void The_last_of_two_settings_on_the_command_line_wins()
    {
        _sources.Arguments.AddRange(["--Storage:Path=first", "--Storage:Path", "second"]);

        Assert.Equal("second", _sources.LoadOptions().Storage.Path);
    }

    [Fact]
    public void A_named_file_takes_the_place_of_the_one_in_the_working_directory()
    {
        _sources.Write("""{ "Storage": { "Path": "a" }, "Log": { "Level": "debug" } }""");
        _sources.Write("""{ "Storage": { "Path": "b" } }""", "named.json");
        _sources.ConfigFile = "named.json";

        var options = _sources.LoadOptions();

        Assert.Equal(("b", LogThreshold.Info), (options.Storage.Path, options.Log.Level));
    }
}
