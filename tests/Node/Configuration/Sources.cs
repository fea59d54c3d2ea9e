using System.Text.Json;
using System.Text.Json.Nodes;
using Postfleet.Node.Configuration;
using Postfleet.Node.Options;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>The sources of a configuration: a working directory, an environment and a command line.</summary>
internal sealed class Sources : IDisposable
{
    public const string MachineName = "machine.example.org";

    private readonly TempFolder _folder = new("configuration");

    public Dictionary<string, string> Environment { get; } = [];

    public List<string> Arguments { get; } = [];

    public string? ConfigFile { get; set; }

    /// <summary>Whether the files named in the configuration are checked.</summary>
    public bool ChecksFiles { get; set; }

    public string WorkingDirectory => _folder.FullPath;

    /// <summary>Writes a file into the working directory and returns its path.</summary>
    public string Write(string text, string name = ConfigurationLoader.DefaultFile)
    {
        File.WriteAllText(_folder[name], text);
        return _folder[name];
    }

    /// <summary>Deletes the default file.</summary>
    public void Delete() => File.Delete(_folder[ConfigurationLoader.DefaultFile]);

    /// <summary>Sets values in a layer.</summary>
    public void Set(SourceLayer layer, params IEnumerable<(string Path, string Value)> settings)
    {
        switch (layer)
        {
            case SourceLayer.File:
                Write(ToJson(settings));
                break;
            case SourceLayer.NamedFile:
                ConfigFile = Write(ToJson(settings), "other.json");
                break;
            case SourceLayer.Environment:
                foreach (var (path, value) in settings)
                    Environment[$"POSTFLEET_{path.Replace(":", "__", StringComparison.Ordinal)}"] = value;
                break;
            case SourceLayer.CommandLine:
                Arguments.AddRange(settings.Select(setting => $"--{setting.Path}={setting.Value}"));
                break;
            case SourceLayer.CommandLineInTwoTokens:
                foreach (var (path, value) in settings) Arguments.AddRange([$"--{path}", value]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(layer));
        }
    }

    public LoadResult Load() =>
        ConfigurationLoader.Load(
            new ConfigurationSources([.. Arguments], ConfigFile, Environment, WorkingDirectory), () => MachineName, ChecksFiles);

    public PostfleetOptions LoadOptions()
    {
        var result = Load();
        Assert.Empty(result.Errors);
        return result.Loaded!.Options;
    }

    /// <summary>Loads the configuration, which must have a single error, and returns the error.</summary>
    public string LoadError()
    {
        var result = Load();
        Assert.Null(result.Loaded);
        return Assert.Single(result.Errors);
    }

    public void Dispose() => _folder.Dispose();

    private static string ToJson(IEnumerable<(string Path, string Value)> settings)
    {
        var root = new JsonObject();
        foreach (var (path, value) in settings) Put(root, path.Split(':'), value);
        return root.ToJsonString(JsonSerializerOptions.Default);
    }

    private static void Put(JsonNode node, string[] path, string value)
    {
        JsonNode leaf = int.TryParse(value, out var number) ? JsonValue.Create(number) : JsonValue.Create(value);
        for (var i = 0; i < path.Length; i++)
        {
            JsonNode next = i + 1 == path.Length ? leaf : int.TryParse(path[i + 1], out _) ? new JsonArray() : new JsonObject();
            if (node is JsonObject section)
            {
                if (section[path[i]] is { } known) next = known;
                else section[path[i]] = next;
            }
            else if (node is JsonArray list)
            {
                var index = int.Parse(path[i]);
                if (index < list.Count) next = list[index]!;
                else list.Add(next);
            }

            node = next;
        }
    }
}

/// <summary>The layers, lowest first.</summary>
public enum SourceLayer
{
    File,
    NamedFile,
    Environment,
    CommandLine,
    CommandLineInTwoTokens,
}
