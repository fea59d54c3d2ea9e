using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Image;

/// <summary>A built image: its configuration, its files and the sizes of its layers.</summary>
internal sealed class BuiltImage
{
    private readonly Buildah _buildah;
    private readonly string _name;
    private readonly JsonNode _inspected;

    private BuiltImage(Buildah buildah, string name, string root, JsonNode inspected) =>
        (_buildah, _name, Root, _inspected) = (buildah, name, root, inspected);

    /// <summary>The configuration that a container runtime reads.</summary>
    public JsonNode Configuration => _inspected["Docker"]!["config"]!;

    /// <summary>The architecture.</summary>
    public string Architecture => (string)_inspected["Docker"]!["architecture"]!;

    /// <summary>The digests of the uncompressed layers.</summary>
    public IReadOnlyList<string> Layers =>
        [.. _inspected["Docker"]!["rootfs"]!["diff_ids"]!.AsArray().Select(each => (string)each!)];

    /// <summary>The environment.</summary>
    public IReadOnlyList<string> Environment => Texts("Env");

    /// <summary>The user and group.</summary>
    public (string User, string Group) RunAs => ((string)Configuration["User"]!).Split(':') is [var user, var group]
        ? (user, group) : throw new InvalidOperationException("no user and group");

    /// <summary>The path of the files, for programs that see the mounts.</summary>
    public string Root { get; }

    /// <summary>Reads an image.</summary>
    public static async Task<BuiltImage> OfAsync(Buildah buildah, string name) => new(
        buildah, name, await buildah.MountImageAsync(name),
        JsonNode.Parse(await buildah.RunAsync("inspect", "--type", "image", name))!);

    /// <summary>A list of texts in the configuration, such as <c>Entrypoint</c>.</summary>
    public IReadOnlyList<string> Texts(string key) => [.. Configuration[key]!.AsArray().Select(each => (string)each!)];

    /// <summary>The path by which this process reaches a file.</summary>
    public string File(string path) => _buildah.Visible(Root + path);

    /// <summary>The octets of the layers as a registry stores them, compressed with gzip.</summary>
    public async Task<IReadOnlyList<long>> CompressedAsync()
    {
        using var folder = new TempFolder("oci");
        await _buildah.RunAsync("push", "--quiet", _name, $"oci:{folder.FullPath}:it");
        var index = JsonNode.Parse(await System.IO.File.ReadAllTextAsync(folder["index.json"]))!;
        var digest = ((string)index["manifests"]![0]!["digest"]!).Replace(':', '/');
        var manifest = JsonNode.Parse(await System.IO.File.ReadAllTextAsync(folder[$"blobs/{digest}"]))!;
        return [.. manifest["layers"]!.AsArray().Select(layer => (long)layer!["size"]!)];
    }

    /// <summary>The number of the processor in the header of an ELF file: 62 is x86-64, 183 is AArch64.</summary>
    public int Machine(string path)
    {
        using var file = System.IO.File.OpenRead(File(path));
        var header = new byte[20];
        file.ReadExactly(header);
        Assert.Equal("\u007fELF"u8.ToArray(), header[..4]);
        return BitConverter.ToUInt16(header, 18);
    }
}
