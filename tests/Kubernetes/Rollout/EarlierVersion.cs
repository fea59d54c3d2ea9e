using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>
/// The program before the chart existed, built from the history of the repository, once for each commit. <c>POSTFLEET_TEST_EARLIER</c>
/// names another commit.
/// </summary>
internal static class EarlierVersion
{
    private const string FirstFile = "k8s/postfleet/Chart.yaml";

    /// <summary>The commit; null with a reason where the repository has no history.</summary>
    public static async Task<(string? Commit, string Problem)> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("POSTFLEET_TEST_EARLIER") is { Length: > 0 } named) return await ParseAsync(named);
        var added = await GitAsync("log", "--diff-filter=A", "--format=%H", "--", FirstFile);
        var first = added.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        return added.ExitCode != 0 || first is null ? (null, $"no history of {FirstFile}: {added.Errors}") : await ParseAsync($"{first}^");
    }

    /// <summary>Builds a commit, unless this was done before.</summary>
    /// <returns>The path of <c>postfleet.dll</c>.</returns>
    public static async Task<string> BuildAsync(string commit)
    {
        var cache = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(ToolFolder.FullPath)!, "versions")).FullName;
        var assembly = Path.Combine(cache, commit, "postfleet.dll");
        if (File.Exists(assembly)) return assembly;
        using var source = new TempFolder("earlier");
        await RunAsync(
            "git", ["-c", "safe.directory=*", "archive", "-o", source["all.tar"], commit, "src", .. await RootFilesAsync(commit)]);
        await RunAsync("tar", ["xf", source["all.tar"], "-C", source.FullPath]);
        // Unsafe to share with other builds: another source folder at each time.
        var built = Path.Combine(cache, $"{commit}.{Environment.ProcessId}");
        await RunAsync(
            "dotnet", ["build", source["src/Node"], "-c", "Release", "--nologo", "-v", "quiet", "-o", built, "-p:RunAnalyzers=false",
                "-p:GenerateDocumentationFile=false", "-p:NuGetAudit=false"]);
        if (!Directory.Exists(Path.Combine(cache, commit))) Directory.Move(built, Path.Combine(cache, commit));
        return assembly;
    }

    // The files that a build reads: properties, packages, the SDK.
    private static async Task<IEnumerable<string>> RootFilesAsync(string commit)
    {
        var all = await GitAsync("ls-tree", "--name-only", commit);
        return all.Output.Split('\n')
            .Where(name => name.StartsWith("Directory.", StringComparison.Ordinal) || name is "global.json" or ".editorconfig");
    }

    private static async Task<(string? Commit, string Problem)> ParseAsync(string name)
    {
        var found = await GitAsync("rev-parse", "--verify", $"{name}^{{commit}}");
        return found.ExitCode == 0 ? (found.Output.Trim(), "") : (null, $"no commit {name}: {found.Errors.Trim()}");
    }

    private static Task<ToolResult> GitAsync(params string[] arguments) =>
        Tool.RunAsync("git", Repository.Root, ["-c", "safe.directory=*", .. arguments]);

    private static Task RunAsync(string program, IReadOnlyList<string> arguments) => ProcessHost.RunAsync(
        new ProcessSpec(program, arguments)
        {
            Folder = Repository.Root,
            Environment = new Dictionary<string, string> { ["MSBUILDDISABLENODEREUSE"] = "1" },
        },
        TimeSpan.FromMinutes(5));
}
