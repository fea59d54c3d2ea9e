using System.Runtime.InteropServices;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Image;

/// <summary>
/// The image in which the program is compiled: it is empty, and programs of this machine are mounted into it. Without the SDK, its
/// <c>dotnet publish</c> hands over the program that the tests have built.
/// </summary>
internal static class SdkImage
{
    /// <summary>The name of the image.</summary>
    public const string Name = "localhost/sdk:1";

    private const string Program = "/program";

    // The output of the build has the native libraries of all systems.
    private static readonly string StandIn =
        $$"""
        #!/bin/sh
        set -e
        while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
        cp -r {{Program}} "$out"
        for each in "$out"/runtimes/*; do [ "${each##*/}" = {{RuntimeInformation.RuntimeIdentifier}} ] || rm -r "$each"; done

        """;

    /// <summary>Makes the image.</summary>
    /// <param name="buildah">The storage.</param>
    /// <param name="compiles">Whether it has the SDK of this machine.</param>
    public static async Task CreateAsync(Buildah buildah, bool compiles)
    {
        using var folder = new TempFolder("sdk");
        foreach (var link in new[] { "bin", "sbin", "lib", "lib64" }) File.CreateSymbolicLink(folder[link], $"usr/{link}");
        foreach (var name in new[] { "etc", "root", "usr" }) Directory.CreateDirectory(folder[name]);
        Directory.CreateDirectory(folder["tmp"], (UnixFileMode)0b1_111_111_111);
        // NuGet waits for ever where its user has no entry.
        await File.WriteAllTextAsync(folder["etc/passwd"], "root:x:0:0:root:/root:/bin/sh\n");
        await File.WriteAllTextAsync(folder["etc/group"], "root:x:0:\n");
        if (!compiles)
        {
            Directory.CreateDirectory(folder["opt/sdk"]);
            await File.WriteAllTextAsync(folder["opt/sdk/dotnet"], StandIn);
            File.SetUnixFileMode(folder["opt/sdk/dotnet"], (UnixFileMode)0b111_101_101);
        }

        await buildah.RunAsync("from", "--name", "sdk", "scratch");
        await buildah.RunAsync("add", "--quiet", "sdk", folder.FullPath, "/");
        await buildah.RunAsync("config", "--env", $"PATH=/opt/sdk:{BaseImage.Dotnet}:/usr/bin:/bin", "sdk");
        await buildah.RunAsync("commit", "--quiet", "--format", "docker", "--rm", "sdk", Name);
    }

    /// <summary>The arguments of a build that mount what the image lacks.</summary>
    public static IEnumerable<string> Volumes(bool compiles)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        List<string> volumes = ["/usr:/usr:ro"];
        if (compiles)
        {
            // Packages of NuGet that are there are not loaded again.
            volumes.AddRange(["/etc/ssl:/etc/ssl:ro", $"{home}/.nuget:/root/.nuget"]);
            if (!BaseImage.Dotnet.StartsWith("/usr/", StringComparison.Ordinal)) volumes.Add($"{BaseImage.Dotnet}:{BaseImage.Dotnet}:ro");
        }
        else
        {
            volumes.Add($"{Path.GetDirectoryName(Repository.NodeAssembly)}:{Program}:ro");
        }

        return volumes.SelectMany(each => new[] { "--volume", each });
    }
}
