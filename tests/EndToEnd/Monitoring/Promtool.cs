using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Monitoring;

/// <summary>Runs promtool of Debian's package <c>prometheus</c>, which test.sh installs.</summary>
internal static class Promtool
{
    /// <summary>Runs a shell command with promtool in the folder of the rules; fails if promtool finds a fault.</summary>
    public static Task<IReadOnlyList<string>> RunAsync(string command) => ProcessHost.RunAsync(
        new ProcessSpec("bash", ["-c", command]) { Name = "promtool", Folder = Path.Combine(Repository.Root, "k8s") });
}
