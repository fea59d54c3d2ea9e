using System.Collections;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Configuration.Tests;

/// <summary>The engine with a table of test keys.</summary>
public sealed class SettingsReaderTests : IDisposable
{
    private static readonly KeyTable Table = new(
    [
        new("Box:Width", ValueRule.Number(1, 100, "cm"), "30", "How wide it is."),
        new("Box:Colors:#", ValueRule.Choice("red", "green", "blue"), "red", "The colours that it comes in."),
        new("Shelves:#:Name", ValueRule.Text("a name", TextForms.NotEmpty), "top", "What it is called.") { Required = true },
        new("Shelves:#:Depth", ValueRule.Duration("1s", "1m"), "5s", "How long one reaches into it."),
        new("Shelves:#:Rates", ValueRule.Text("texts, or null", text => text == "null" || text.Contains('/') ? text : null), "1/s",
            "How often one does.") { IsJoined = true, IsNullable = true },
    ]);

    private readonly TempFolder _folder = new("settings");
    private readonly SettingsReader _reader = new(Table);
    private readonly Hashtable _environment = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_later_source_overrides_an_earlier_source()
    {
        File.WriteAllText(_folder["box.json"], """{ "Box": { "Width": 10, "Colors": [ "red", "green" ] } }""");
        _environment["POSTFLEET_Box__Width"] = "20";
        _environment["POSTFLEET_Box__Colors"] = "BLUE";

        var options = Read("--Box:Width=30");

        Assert.Empty(_reader.Errors);
        Assert.Equal(30, options.Box.Width);
        Assert.Equal(["blue"], options.Box.Colors);
    }

    [Theory]
    [InlineData("""[ "20/s", "5/m" ]""", "20/s, 5/m")]
    [InlineData("\"20/s\"", "20/s")]
    [InlineData("null", "null")]
    public void A_value_in_a_list_may_be_a_list_or_null_where_its_key_says_so(string json, string value)
    {
        File.WriteAllText(_folder["box.json"], $$"""{ "Shelves": [ { "Name": "top", "Rates": {{json}} } ] }""");

        Assert.Equal(value, Assert.Single(Read().Shelves).Rates);
        Assert.Empty(_reader.Errors);
    }

    [Theory]
    [InlineData("""{ "Name": "top", "Rates": [ "20/s", [ "1/s" ] ] }""", "unknown key 'Shelves:0:Rates:1:0'")]
    [InlineData("""{ "Name": "top", "Rates": [ "20/s", null ] }""", "Shelves:0:Rates is {}; allowed: texts, or null")]
    [InlineData("""{ "Name": null }""", "Shelves:0:Name is null; allowed: a name")]
    [InlineData("""{ "Name": [ "top" ] }""", "unknown key 'Shelves:0:Name:0'")]
    public void Other_keys_take_neither(string json, string error)
    {
        File.WriteAllText(_folder["box.json"], $$"""{ "Shelves": [ {{json}} ] }""");
        Read();

        Assert.StartsWith(error, Assert.Single(_reader.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_without_a_source_keeps_its_default()
    {
        var options = Read("--Shelves:0:Name=top");

        Assert.Equal(5, options.Box.Width);
        Assert.Equal(new ShelfOptions { Name = "top" }, Assert.Single(options.Shelves));
    }

    [Theory]
    [InlineData("--Box:Widht=1", "unknown key 'Box:Widht' (command line --Box:Widht); did you mean 'Box:Width'?")]
    [InlineData("--Pump:Pressure=1", "unknown key 'Pump:Pressure' (command line --Pump:Pressure); allowed: the sections Box, Shelves")]
    [InlineData("--Box:Width=101", "Box:Width is '101'; allowed: a whole number of 1 to 100 (command line --Box:Width)")]
    [InlineData("--Shelves:0:Depth=5s", "Shelves:0:Name is missing; allowed: a name (command line --Shelves:0:Depth)")]
    [InlineData("--Shelves:1:Name=top",
        "Shelves:1 is given without Shelves:0; allowed: indexes from 0 on without gaps (command line --Shelves:1:Name)")]
    public void A_fault_is_a_single_line(string argument, string error)
    {
        Read(argument);

        Assert.Equal(error, Assert.Single(_reader.Errors));
    }

    [Fact]
    public void An_error_about_a_refused_value_is_recognised()
    {
        Read("--Box:Width=wide");

        Assert.True(_reader.IsAboutRefused("Box:Width is '5'; allowed: more than that"));
        Assert.False(_reader.IsAboutRefused("Box:Colors is empty; allowed: one at least"));
    }

    [Fact]
    public void The_output_has_the_order_of_the_table()
    {
        var options = Read("--Box:Width=30", "--Shelves:0:Name=top", "--Shelves:0:Depth=60s");

        Assert.Equal(
            """{"Box":{"Width":30,"Colors":[]},"Shelves":[{"Name":"top","Depth":"1m","Rates":""}]}""",
            string.Concat(EffectiveConfiguration.ToJson(Table, options).Where(c => !char.IsWhiteSpace(c))));
    }

    private StoreOptions Read(params string[] overrides)
    {
        var file = _folder["box.json"];
        return OptionsMap.Bind<StoreOptions>(
            _reader.Read(OptionsMap.Flatten(new StoreOptions()), File.Exists(file) ? file : null, _environment, overrides));
    }

    private sealed record StoreOptions
    {
        public IReadOnlyList<ShelfOptions> Shelves { get; init; } = [];

        public BoxOptions Box { get; init; } = new();
    }

    private sealed record BoxOptions
    {
        public int Width { get; init; } = 5;

        public IReadOnlyList<string> Colors { get; init; } = [];
    }

    private sealed record ShelfOptions
    {
        public string Name { get; init; } = "";

        public TimeSpan Depth { get; init; } = TimeSpan.FromSeconds(1);

        public string Rates { get; init; } = "";
    }
}
