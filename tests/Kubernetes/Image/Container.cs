using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Image;

/// <summary>
/// A container as a runtime starts it: the first process of a namespace, with the files of the image as its read-only root, as the user of
/// the image and without new privileges. The network is that of the machine.
/// </summary>
internal sealed class Container : IAsyncDisposable
{
    // The arguments: root, volume, its mount path, user, group, working folder, then variables and the command.
    private const string Script =
        """
        set -e
        root=$1 volume=$2 place=$3 user=$4 group=$5 folder=$6
        shift 6
        mount --bind "$root" "$root"
        mount --bind "$volume" "$root$place"
        mount --rbind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        mount -o remount,bind,ro "$root"
        if touch "$root/probe" 2>/dev/null; then echo "the root can be written" >&2; exit 1; fi
        exec setpriv --no-new-privs env -i "$@"
        """;

    private readonly ChildProcess _process;
    private readonly BuiltImage _image;
    private readonly IReadOnlyList<string> _environment;

    private Container(ChildProcess process, BuiltImage image, IReadOnlyList<string> environment) =>
        (_process, _image, _environment) = (process, image, environment);

    /// <summary>The last lines of the log.</summary>
    public IReadOnlyList<string> Log => _process.Output;

    /// <summary>Starts a container with the entry point and command of the image.</summary>
    /// <param name="buildah">The storage of the image.</param>
    /// <param name="image">The image.</param>
    /// <param name="volume">The folder of the volume.</param>
    /// <param name="variables">The variables of this container.</param>
    public static Container Start(Buildah buildah, BuiltImage image, string volume, params IReadOnlyList<string> variables)
    {
        IReadOnlyList<string> environment = [.. image.Environment, .. variables];
        var (user, group) = image.RunAs;
        var folder = (string)image.Configuration["WorkingDir"]!;
        // The change of the user ends the node's tie to its parent. The kernel ends the outer namespace with its first process, however the
        // tests end.
        var process = ProcessHost.Start(buildah.Inside(
            "unshare",
            [
                "--pid", "--fork", "--kill-child", "unshare", "--mount", "--pid", "--fork", "sh", "-c", Script, "container", image.Root,
                volume, folder, user, group,
                folder,
                .. environment, "/usr/bin/unshare", "--root", image.Root, "--wd", folder, "--setgid", group, "--setuid", user,
                .. image.Texts("Entrypoint"), .. image.Texts("Cmd"),
            ]) with
        { Name = "container" });
        return new Container(process, image, environment);
    }

    /// <summary>Waits for a line of the log.</summary>
    public Task<string> WaitForLineAsync(string text) => _process.WaitForLineAsync(text, TimeSpan.FromSeconds(60));

    /// <summary>Runs the health check of the image in the container.</summary>
    public async Task<ToolResult> CheckHealthAsync()
    {
        var test = _image.Configuration["Healthcheck"]!["Test"]!.AsArray().Select(each => (string)each!).ToList();
        // The other form, CMD-SHELL, needs a shell.
        Assert.Equal("CMD", test[0]);
        var (user, group) = _image.RunAs;
        return await Tool.RunAsync(
            "env", "/",
            [
                "-i", .. _environment, "/usr/bin/nsenter", "--target", FirstProcess, "--mount", "--pid", "--root", "--wd",
                "--setgid", group, "--setuid", user, "--", .. test.Skip(1),
            ]);
    }

    /// <summary>A line of the process's status, such as <c>Uid</c> or <c>NoNewPrivs</c>.</summary>
    public string Status(string key) =>
        File.ReadLines($"/proc/{FirstProcess}/status")
            .First(line => line.StartsWith($"{key}:", StringComparison.Ordinal))[(key.Length + 1)..].Trim();

    /// <summary>Sends the stop signal of the image, and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        var result = await Tool.RunAsync("kill", "/", "-s", ((string)_image.Configuration["StopSignal"]!)[3..], FirstProcess);
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        return await _process.WaitForExitAsync(TimeSpan.FromSeconds(60));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    // Each unshare waits for its child. The second child has the number 1 inside.
    private string FirstProcess => Child(Child($"{_process.Id}"));

    private static string Child(string process) => File.ReadAllText($"/proc/{process}/task/{process}/children").Trim();
}
