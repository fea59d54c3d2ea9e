using System.Net;
using System.Text;
using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Kubernetes.Tests.Image;

/// <summary>The image of the Dockerfile, built on Debian packages by buildah, and run without a container runtime.</summary>
public sealed class ImageTests(ITestOutputHelper output)
{
    private const string Name = "localhost/postfleet:1";
    private const long MaxCompressed = 75_000_000;

    [ImageFact]
    public async Task Image_runs_read_only_without_a_shell_and_keeps_mail_over_a_restart()
    {
        await using var buildah = await Buildah.StartAsync();
        await BaseImage.CreateAsync(buildah);
        await SdkImage.CreateAsync(buildah, compiles: false);
        await buildah.BuildAsync(Name, BaseImage.Name, [.. SdkImage.Volumes(compiles: false)]);
        var image = await BuiltImage.OfAsync(buildah, Name);
        AssertConfiguration(image);
        await AssertMailStaysAsync(buildah, image);
    }

    [ImageFact(IsForFullRuns = true)]
    public async Task Compiled_image_is_small_reproducible_and_runs()
    {
        await using var buildah = await Buildah.StartAsync();
        await BaseImage.CreateAsync(buildah);
        await SdkImage.CreateAsync(buildah, compiles: true);
        List<BuiltImage> images = [];
        foreach (var name in new[] { Name, "localhost/postfleet:2" })
        {
            await buildah.BuildAsync(
                name, BaseImage.Name, ["--timestamp", "1796000000", "--build-arg", "REVISION=abc", .. SdkImage.Volumes(compiles: true)]);
            images.Add(await BuiltImage.OfAsync(buildah, name));
        }

        Assert.Equal(images[0].Layers, images[1].Layers);
        Assert.Equal("abc", (string?)images[0].Configuration["Labels"]!["org.opencontainers.image.revision"]);
        AssertConfiguration(images[0]);
        AssertProgram(images[0], 62);
        var sizes = await images[0].CompressedAsync();
        output.WriteLine($"compressed layers: {string.Join(", ", sizes)}, together {sizes.Sum()} octets");
        Assert.InRange(sizes.Sum(), 1, MaxCompressed);
        await AssertMailStaysAsync(buildah, images[0]);
    }

    [ImageFact(IsForFullRuns = true)]
    public async Task Image_for_Arm_is_compiled_on_another_processor()
    {
        const string name = "localhost/postfleet:arm64", empty = "localhost/base:arm64";
        await using var buildah = await Buildah.StartAsync();
        await SdkImage.CreateAsync(buildah, compiles: true);
        await buildah.RunAsync("from", "--name", "empty", "scratch");
        await buildah.RunAsync("config", "--arch", "arm64", "empty");
        await buildah.RunAsync("commit", "--quiet", "--format", "docker", "--rm", "empty", empty);
        // With --platform, buildah 1.28 also looks for an SDK of that platform. Docker sets TARGETARCH by itself.
        await buildah.BuildAsync(name, empty, ["--build-arg", "TARGETARCH=arm64", .. SdkImage.Volumes(compiles: true)]);
        var image = await BuiltImage.OfAsync(buildah, name);
        Assert.Equal("arm64", image.Architecture);
        AssertProgram(image, 183);
        output.WriteLine($"compressed layers: {string.Join(", ", await image.CompressedAsync())}");
    }

    private static void AssertConfiguration(BuiltImage image)
    {
        Assert.Equal(("1654", "1654"), image.RunAs);
        Assert.Equal("SIGTERM", (string?)image.Configuration["StopSignal"]);
        Assert.Contains((string)image.Configuration["WorkingDir"]!, image.Configuration["Volumes"]!.AsObject().Select(each => each.Key));
        const UnixFileMode forTheUserAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(forTheUserAlone, File.GetUnixFileMode(image.File((string)image.Configuration["WorkingDir"]!)));
        var labels = image.Configuration["Labels"]!.AsObject();
        Assert.Equal(Dockerfile.ProductVersion, (string?)labels["org.opencontainers.image.version"]);
        Assert.All(
            ["title", "description", "licenses", "vendor"], each => Assert.NotEmpty((string)labels[$"org.opencontainers.image.{each}"]!));
        // Nothing to execute but the program and the runtime.
        Assert.All(
            new[] { "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin" },
            each => Assert.True(
                !Directory.Exists(image.File(each)) || !Directory.EnumerateFileSystemEntries(image.File(each)).Any(), each));
        Assert.Empty(Directory.EnumerateFiles(image.File("/app"), "*.sh"));
    }

    private static void AssertProgram(BuiltImage image, int machine)
    {
        Assert.All(["postfleet", "libe_sqlite3.so", "liblmdb.so"], each => Assert.Equal(machine, image.Machine($"/app/{each}")));
        // Neither the libraries of other systems, nor symbols, nor documentation.
        Assert.Empty(Directory.EnumerateDirectories(image.File("/app")));
        Assert.DoesNotContain(Directory.EnumerateFiles(image.File("/app")), each => Path.GetExtension(each) is ".pdb" or ".xml");
    }

    // The remote host refuses the message until the second container runs.
    private static async Task AssertMailStaysAsync(Buildah buildah, BuiltImage image)
    {
        await using var sink = new SmtpSink(
            new SinkOptions { KeepContent = true, Script = _ => SinkAction.ReplyAndDrop("421 4.3.2 closed") });
        using var volume = new TempFolder("volume");
        // A new volume has owner and mode of the folder in the image.
        var folder = image.File((string)image.Configuration["WorkingDir"]!);
        foreach (var program in new[] { "chown", "chmod" })
        {
            Assert.Equal(0, (await Tool.RunAsync(program, "/", $"--reference={folder}", volume.FullPath)).ExitCode);
        }

        var (smtp, admin) = (FreePort.Tcp(), FreePort.Tcp());
        string[] variables =
        [
            $"POSTFLEET_Listeners__0__Endpoint=127.0.0.1:{smtp}", $"POSTFLEET_Admin__Endpoint=127.0.0.1:{admin}",
            "POSTFLEET_Cluster__Port=0",
            "POSTFLEET_Routes__0__Domain=*", $"POSTFLEET_Routes__0__To=smtp://127.0.0.1:{sink.Port}", "POSTFLEET_Queues__FirstRetry=1s",
            "POSTFLEET_Queues__MaxRetry=1s",
        ];
        await using (var container = Container.Start(buildah, image, volume.FullPath, variables))
        {
            await AssertHealthyAsync(container);
            using var client = await SmtpClientLite.ConnectAsync(new IPEndPoint(IPAddress.Loopback, smtp));
            Assert.True((await client.CommandAsync("EHLO client.example.org")).IsPositive);
            var reply = await client.SendMessageAsync(
                "a@example.org", ["b@example.net"], "Message-Id: <1@example.org>\r\nSubject: kept\r\n\r\nkept\r\n"u8.ToArray());
            Assert.Equal(250, reply.Code);
            await container.WaitForLineAsync("4.3.2");
            await AssertEndAsync(container);
        }

        sink.Script = _ => SinkAction.Accept;
        await using (var container = Container.Start(buildah, image, volume.FullPath, variables))
        {
            await AssertHealthyAsync(container);
            await sink.WaitForAsync(1, TimeSpan.FromSeconds(60));
            await AssertEndAsync(container);
        }

        var message = Assert.Single(sink.Messages);
        Assert.Equal(["b@example.net"], message.Recipients);
        Assert.EndsWith("\r\n\r\nkept\r\n", Encoding.ASCII.GetString(message.Content!), StringComparison.Ordinal);
    }

    private static async Task AssertHealthyAsync(Container container)
    {
        await container.WaitForLineAsync(" ready ");
        Assert.Equal("1654\t1654\t1654\t1654", container.Status("Uid"));
        Assert.Equal("1654\t1654\t1654\t1654", container.Status("Gid"));
        Assert.Equal(("", "1"), (container.Status("Groups"), container.Status("NoNewPrivs")));
        Assert.Equal("0000000000000000", container.Status("CapEff"));
        var health = await container.CheckHealthAsync();
        Assert.True(health.ExitCode == 0 && health.Errors.Length == 0, health.Output + health.Errors);
    }

    private static async Task AssertEndAsync(Container container)
    {
        Assert.Equal(0, await container.StopAsync());
        Assert.EndsWith(" stopped", container.Log[^1], StringComparison.Ordinal);
    }
}
