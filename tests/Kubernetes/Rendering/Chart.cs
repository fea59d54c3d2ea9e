using System.Collections.Concurrent;
using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Rendering;

/// <summary>The chart, and what Helm renders of it.</summary>
internal static class Chart
{
    /// <summary>The release's name and namespace in all tests.</summary>
    public const string Release = "mail", Namespace = "post";

    private static readonly ConcurrentDictionary<string, Lazy<Task<Manifest>>> Manifests = new();

    /// <summary>The folder of the chart.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "k8s", "postfleet");

    /// <summary>The example values files, by name without extension.</summary>
    public static IReadOnlyList<string> Examples { get; } =
        [.. Directory.GetFiles(Path.Combine(Folder, "examples"), "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    /// <summary>The path of an example values file.</summary>
    public static string ExamplePath(string example) => Path.Combine(Folder, "examples", $"{example}.yaml");

    /// <summary>Renders the chart with an example values file, once for all tests.</summary>
    public static Task<Manifest> RenderAsync(string example) => Manifests.GetOrAdd(
        example, name => new Lazy<Task<Manifest>>(async () =>
        {
            var result = await TemplateAsync("-f", ExamplePath(name));
            return result.ExitCode == 0 ? Manifest.Read(result.Output) : throw new InvalidOperationException(result.Errors);
        })).Value;

    /// <summary>Runs <c>helm template</c>, with the tests of the chart.</summary>
    public static Task<ToolResult> TemplateAsync(params string[] arguments) => Tool.RunAsync(
        ToolFolder.Helm, Folder, ["template", Release, ".", "--namespace", Namespace, .. arguments]);
}
