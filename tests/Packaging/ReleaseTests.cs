using Postfleet.Packaging.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Packaging.Tests;

public sealed class ReleaseTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    private static string Script => Path.Combine(Repository.Root, "tools/release.sh");

    [Theory]
    [InlineData("usage: ")]
    [InlineData("usage: ", "0.2.0")]
    [InlineData("'0.2' is no version", "0.2", "new")]
    [InlineData("'v0.2.0' is no version", "v0.2.0", "new")]
    [InlineData("'0.02.0' is no version", "0.02.0", "new")]
    [InlineData("'0.2.0-' is no version", "0.2.0-", "new")]
    [InlineData("/ is not an empty folder", "0.2.0", "/")]
    [InlineData("needs the program no-such-helm", "0.2.0", "new")]
    public async Task Wrong_call_is_answered_with_one_line(string message, params string[] arguments)
    {
        using var folder = new TempFolder("release");
        await using var release = ProcessHost.Start(new ProcessSpec(Script, arguments)
        {
            Folder = folder.FullPath,
            Environment = new Dictionary<string, string> { ["HELM"] = "no-such-helm" },
        });
        Assert.Equal(2, await release.WaitForExitAsync(Limit));
        Assert.Contains(message, Assert.Single(release.Output), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.FullPath));
    }

    [FullRunFact]
    public async Task Two_releases_from_two_places_are_the_same_and_the_package_runs_in_a_minimal_Debian()
    {
        using var folder = new TempFolder("release");
        await MakeAsync(folder["clone"], folder["one"]);
        await MakeAsync(folder["other/place/clone"], folder["two"]);
        await ProcessHost.RunAsync(new ProcessSpec("diff", ["-r", folder["one"], folder["two"]]));
        Assert.Equal(4, Directory.EnumerateFiles(folder["one"]).Count());

        var package = Assert.Single(Directory.EnumerateFiles(folder["one"], "*.deb"));
        foreach (var script in new[] { "install-test.sh", "systemd-test.sh" })
            await ProcessHost.RunAsync(new ProcessSpec(Path.Combine(Repository.Root, "packaging", script), [package]), Limit);
    }

    [FullRunFact(Needs = "/usr/bin/qemu-aarch64-static")]
    public async Task Program_for_arm64_runs() =>
        await ProcessHost.RunAsync(new ProcessSpec(Path.Combine(Repository.Root, "packaging/arm64-test.sh"), []), Limit);

    private static async Task MakeAsync(string clone, string output)
    {
        await ProcessHost.RunAsync(new ProcessSpec("git", ["clone", "-q", Repository.Root, clone]));
        // A package source of a test machine may have no data on vulnerabilities; AuditTests shows the check.
        await ProcessHost.RunAsync(
            new ProcessSpec(Path.Combine(clone, "tools/release.sh"), ["0.2.0", output])
            {
                Environment = new Dictionary<string, string> { ["AUDIT"] = "no" },
            },
            Limit);
    }
}
