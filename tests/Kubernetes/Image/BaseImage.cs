using System.Runtime.InteropServices;
using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Image;

/// <summary>
/// A base like Microsoft's chiselled ASP.NET image: the libraries of Debian packages, the runtime of this machine, and nothing that could
/// be executed but the runtime.
/// </summary>
internal static class BaseImage
{
    /// <summary>The name of the image.</summary>
    public const string Name = "localhost/base:1";

    private const string Place = "/usr/share/dotnet";

    /// <summary>The folder of .NET on this machine.</summary>
    public static string Dotnet { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>Makes the image.</summary>
    public static async Task CreateAsync(Buildah buildah)
    {
        using var folder = new TempFolder("base");
        foreach (var package in DebianPackages.Files) await RunAsync("dpkg-deb", "-x", package, folder.FullPath);
        var certificates = Directory.GetFiles(folder["usr/share/ca-certificates/mozilla"], "*.crt").Order().Select(File.ReadAllText);
        Directory.CreateDirectory(folder["etc/ssl/certs"]);
        await File.WriteAllTextAsync(folder["etc/ssl/certs/ca-certificates.crt"], string.Concat(certificates));
        await File.WriteAllTextAsync(folder["etc/passwd"], "root:x:0:0:root:/root:/bin/false\napp:x:1654:1654::/home/app:/bin/false\n");
        await File.WriteAllTextAsync(folder["etc/group"], "root:x:0:\napp:x:1654:\n");
        // Documentation, scripts and tables for character sets are in no chiselled image.
        var libraries = Directory.GetDirectories(folder["usr/lib"], "*-linux-gnu").Single();
        foreach (var unused in new[] { "usr/share", "usr/sbin", "usr/games", "usr/src", "usr/include", $"{libraries}/gconv" })
        {
            if (Directory.Exists(folder[unused])) Directory.Delete(folder[unused], recursive: true);
        }

        await buildah.RunAsync("from", "--name", "base", "scratch");
        await buildah.RunAsync("add", "--quiet", "base", folder.FullPath, "/");
        var version = Path.GetFileName(RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/'));
        foreach (var part in new[]
        {
            "host", $"shared/Microsoft.NETCore.App/{version}", $"shared/Microsoft.AspNetCore.App/{version}",
        })
        {
            await buildah.RunAsync("add", "--quiet", "base", Path.Combine(Dotnet, part), $"{Place}/{part}");
        }

        await buildah.RunAsync("add", "--quiet", "base", Path.Combine(Dotnet, "dotnet"), $"{Place}/dotnet");
        await buildah.RunAsync(
            "config", "--user", "1654", "--env", "APP_UID=1654", "--env", "ASPNETCORE_HTTP_PORTS=8080",
            "--env", "DOTNET_RUNNING_IN_CONTAINER=true", "base");
        await buildah.RunAsync("commit", "--quiet", "--format", "docker", "--rm", "base", Name);
    }

    private static async Task RunAsync(string program, params IReadOnlyList<string> arguments)
    {
        var result = await Tool.RunAsync(program, "/", arguments);
        if (result.ExitCode != 0) throw new InvalidOperationException($"{program}: {result.Errors}");
    }
}
