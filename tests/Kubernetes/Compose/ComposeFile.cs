using System.Text.Json.Nodes;
using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Compose;

/// <summary>The example for Docker Compose, <c>examples/compose/compose.yaml</c>.</summary>
internal static class ComposeFile
{
    /// <summary>The folder of the file.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "examples", "compose");

    /// <summary>The whole file.</summary>
    public static JsonObject Root { get; } =
        YamlText.ToJson(File.ReadAllText(Path.Combine(Folder, "compose.yaml")))!.AsObject();

    /// <summary>The names of a section of the file, such as <c>services</c>.</summary>
    public static IEnumerable<string> Names(string section) => Root[section]!.AsObject().Select(pair => pair.Key);

    /// <summary>A service.</summary>
    public static JsonObject Service(string name) => Root["services"]![name]!.AsObject();

    /// <summary>The configuration files of a service: the path in the container, and the path of the file in the repository.</summary>
    public static IReadOnlyDictionary<string, string> Mounts(string service) =>
        (Service(service)["configs"]?.AsArray() ?? []).ToDictionary(
            each => (string)each!["target"]!, each => FilePath((string)Root["configs"]![(string)each!["source"]!]!["file"]!));

    /// <summary>The absolute path of a file that the compose file names.</summary>
    public static string FilePath(string relative) => Path.GetFullPath(Path.Combine(Folder, relative));

    /// <summary>The ports in the containers of a service that are published.</summary>
    public static IReadOnlyList<int> Ports(string service) =>
        [.. Service(service)["ports"]!.AsArray()
            .Select(port => int.Parse(((string)port!).Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture))];
}
