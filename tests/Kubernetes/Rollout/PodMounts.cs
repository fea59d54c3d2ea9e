using System.Text.Json.Nodes;
using k8s.Models;
using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>The folder of a pod in place of its mounts: each mounted ConfigMap and projected secret has a folder in it.</summary>
internal sealed class PodMounts : IDisposable
{
    private readonly TempFolder _folder = new("pod");
    private readonly Dictionary<string, string> _places = [];

    /// <summary>Writes the files of a pod as they are in the cluster now.</summary>
    public PodMounts(V1PodSpec pod, Manifest manifest, IReadOnlyDictionary<string, string> secrets, string address, PodImage image)
    {
        Address = address;
        foreach (var mount in pod.Containers[0].VolumeMounts)
        {
            var folder = Directory.CreateDirectory(_folder[mount.Name]).FullName;
            _places[mount.MountPath] = folder;
            foreach (var (path, text) in Files(pod.Volumes.Single(volume => volume.Name == mount.Name), manifest, secrets))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
                File.WriteAllText(Path.Combine(folder, path), text);
            }
        }

        var file = Placed("/etc/postfleet/postfleet.json");
        var configuration = JsonNode.Parse(Placed(File.ReadAllText(file)))!.AsObject();
        image.Adapt?.Invoke(configuration, this);
        File.WriteAllText(file, configuration.ToJsonString());
    }

    /// <summary>The address of the pod.</summary>
    public string Address { get; }

    /// <summary>The folder for temporary files.</summary>
    public string Temporary => Placed("/tmp");

    /// <summary>A text with the folders of the test in place of the mount paths.</summary>
    public string Placed(string text)
    {
        // The folders of the test may be below /tmp, so this mount path is replaced only as a whole.
        if (_places.TryGetValue(text, out var whole)) return whole;
        return _places.Where(place => place.Key != "/tmp")
            .Aggregate(text, (changed, place) => changed.Replace(place.Key, place.Value, StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static IEnumerable<(string Path, string Text)> Files(
        V1Volume volume, Manifest manifest, IReadOnlyDictionary<string, string> secrets)
    {
        if (volume.ConfigMap is { } map)
        {
            return manifest.All<V1ConfigMap>().Single(each => each.Name() == map.Name).Data.Select(pair => (pair.Key, pair.Value));
        }

        return volume.Projected is { } projected
            ? projected.Sources.SelectMany(source => source.Secret.Items.Select(
                item => (item.Path, secrets[$"{source.Secret.Name}/{item.Key}"])))
            : [];
    }
}
