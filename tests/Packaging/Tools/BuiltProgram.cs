using System.Runtime.InteropServices;
using Postfleet.Testing;

namespace Postfleet.Packaging.Tests.Tools;

/// <summary>The program as the build of the tests left it: it needs the runtime of this machine, unlike the published program.</summary>
internal static class BuiltProgram
{
    /// <summary>The environment in which the program finds the runtime.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        // The folder of the runtime is shared/Microsoft.NETCore.App/VERSION/.
        ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../..")),
    };

    /// <summary>Copies what a publish for this machine has.</summary>
    public static void CopyTo(string folder)
    {
        var built = Path.GetDirectoryName(Repository.NodeAssembly)!;
        var libraries = $"runtimes/linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}/";
        foreach (var file in Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(built, file);
            if (Path.GetExtension(name) is ".pdb" or ".xml") continue;
            if (name.StartsWith("runtimes/", StringComparison.Ordinal) && !name.StartsWith(libraries, StringComparison.Ordinal)) continue;
            var copy = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>The lines that the program prints.</summary>
    public static Task<IReadOnlyList<string>> RunAsync(params IReadOnlyList<string> arguments) =>
        ProcessHost.RunAsync(new ProcessSpec("dotnet", [Repository.NodeAssembly, .. arguments]));
}
