using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Image;

/// <summary>
/// Buildah with a storage of its own, in a mount namespace of its own, so that no mount and no image stays on the machine however the tests
/// end.
/// </summary>
internal sealed class Buildah : IAsyncDisposable
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);

    private readonly TempFolder _folder = new("buildah");
    private readonly ChildProcess _holder;

    private Buildah(ChildProcess holder) => _holder = holder;

    /// <summary>Why images cannot be built here; null if they can.</summary>
    public static async Task<string?> ProblemAsync()
    {
        try
        {
            await using var buildah = await StartAsync();
            await buildah.RunAsync("from", "--name", "probe", "scratch");
            await buildah.MountAsync("probe");
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }

    /// <summary>Makes the storage.</summary>
    public static async Task<Buildah> StartAsync()
    {
        var holder = ProcessHost
            .Start(new ProcessSpec("unshare", ["--mount", "sh", "-c", "echo made; exec sleep infinity"]) { Name = "mounts" });
        await holder.WaitForLineAsync("made", TimeSpan.FromSeconds(20));
        return new Buildah(holder);
    }

    /// <summary>A program that sees the mounts.</summary>
    public ProcessSpec Inside(string program, params IReadOnlyList<string> arguments) =>
        new("nsenter", [$"--mount=/proc/{_holder.Id}/ns/mnt", program, .. arguments]) { Name = program };

    /// <summary>Runs buildah to its end.</summary>
    /// <returns>The standard output.</returns>
    public async Task<string> RunAsync(params IReadOnlyList<string> arguments)
    {
        var command = Inside("buildah", [.. Storage, .. arguments]);
        var result = await Tool.RunAsync(command.File, "/", command.Arguments);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"buildah {arguments[0]} ended with {result.ExitCode}: {result.Errors}");
    }

    /// <summary>Builds an image of the Dockerfile, in Docker's format, which has health checks.</summary>
    /// <param name="name">The name of the image.</param>
    /// <param name="baseImage">The base.</param>
    /// <param name="arguments">Further arguments.</param>
    public Task BuildAsync(string name, string baseImage, params IReadOnlyList<string> arguments) => ProcessHost.RunAsync(
        Inside(
            "buildah",
            [
                .. Storage, "bud", "--format", "docker", "--isolation", "chroot", "--pull-never",
                "--file", Dockerfile.FilePath, "--ignorefile", Dockerfile.FilePath + ".dockerignore",
                "--build-arg", $"SDK={SdkImage.Name}", "--build-arg", $"BASE={baseImage}", "--tag", name, .. arguments, Repository.Root,
            ]),
        BuildLimit);

    /// <summary>Mounts the files of an image.</summary>
    /// <returns>The path, for programs that see the mounts.</returns>
    public async Task<string> MountImageAsync(string image)
    {
        var container = $"of-{image.Replace('/', '-').Replace(':', '-')}";
        await RunAsync("from", "--pull-never", "--name", container, image);
        return await MountAsync(container);
    }

    /// <summary>Mounts the files of a working container.</summary>
    /// <returns>The path, for programs that see the mounts.</returns>
    public async Task<string> MountAsync(string container) => (await RunAsync("mount", container)).Trim();

    /// <summary>The path by which this process reaches a mounted file.</summary>
    public string Visible(string path) => $"/proc/{_holder.Id}/root{path}";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _holder.DisposeAsync();
        _folder.Dispose();
    }

    private IReadOnlyList<string> Storage =>
        ["--root", _folder["images"], "--runroot", _folder["run"], "--storage-driver", "overlay"];
}
