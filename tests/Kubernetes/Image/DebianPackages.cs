using Postfleet.Kubernetes.Tests.Tools;

namespace Postfleet.Kubernetes.Tests.Image;

/// <summary>The Debian packages of the base image, downloaded once into this user's cache.</summary>
internal static class DebianPackages
{
    // Those of Microsoft's chiselled images: neither ICU nor time zones nor a shell.
    private static readonly string[] Names = ["base-files", "ca-certificates", "libc6", "libgcc-s1", "libssl3", "libstdc++6"];

    private static readonly Lazy<string?> Download = new(() => Task.Run(DownloadAsync).GetAwaiter().GetResult());

    /// <summary>Why the packages are not there; null if they are.</summary>
    public static string? Problem => Download.Value;

    /// <summary>The paths of the packages.</summary>
    public static IEnumerable<string> Files => Names.Select(name => Find(name)!);

    private static string Folder { get; } = Path.Combine(Path.GetDirectoryName(ToolFolder.FullPath)!, "image-packages");

    private static string? Find(string name) => Directory.GetFiles(Folder, $"{name}_*.deb").Order().LastOrDefault();

    private static async Task<string?> DownloadAsync()
    {
        try
        {
            Directory.CreateDirectory(Folder);
            var missing = Names.Where(name => Find(name) is null).ToList();
            if (missing.Count == 0) return null;
            string[] arguments = ["download", "-qq", "-o", "APT::Sandbox::User=root", .. missing];
            var result = await Tool.RunAsync("apt-get", Folder, arguments);
            if (result.ExitCode != 0)
            {
                // The lists of packages are missing or old.
                await Tool.RunAsync("apt-get", Folder, "update", "-qq");
                result = await Tool.RunAsync("apt-get", Folder, arguments);
            }

            return result.ExitCode == 0 ? null : result.Errors.ReplaceLineEndings(" ");
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
