using System.Text.RegularExpressions;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Image;

/// <summary>The text of <c>k8s/Dockerfile</c>.</summary>
internal static class Dockerfile
{
    /// <summary>The path of the file.</summary>
    public static string FilePath { get; } = Path.Combine(Repository.Root, "k8s", "Dockerfile");

    /// <summary>The instructions, each in one line without comments.</summary>
    public static IReadOnlyList<string> Instructions { get; } =
    [
        .. string.Join('\n', File.ReadAllLines(FilePath).Where(line => !line.StartsWith('#')))
            .Replace("\\\n", "", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>The version of the product, of <c>Directory.Build.props</c>.</summary>
    public static string ProductVersion { get; } =
        Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")), "<Version>(.*)</Version>").Groups[1].Value;

    /// <summary>The arguments of the last instruction of a name.</summary>
    public static string Value(string instruction) => Values(instruction)[^1];

    /// <summary>The arguments of all instructions of a name.</summary>
    public static IReadOnlyList<string> Values(string instruction) =>
        [.. Instructions.Where(each => each.StartsWith(instruction + " ", StringComparison.Ordinal))
            .Select(each => each[(instruction.Length + 1)..])];
}
