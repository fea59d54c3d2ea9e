using System.Text.Json.Nodes;
using k8s.Models;
using Postfleet.Kubernetes.Tests.Rendering;

namespace Postfleet.Kubernetes.Tests.Rules;

/// <summary>The configuration of the nodes in pods.</summary>
internal static class NodeConfiguration
{
    /// <summary>The configuration of a pod, of the ConfigMap that it mounts.</summary>
    public static JsonObject Of(Manifest manifest, V1PodSpec pod)
    {
        var map = pod.Volumes.Single(volume => volume.Name == "config").ConfigMap.Name;
        return JsonNode.Parse(manifest.All<V1ConfigMap>().Single(each => each.Name() == map).Data["postfleet.json"])!.AsObject();
    }

    /// <summary>The absolute paths in a configuration, also those in the connection string.</summary>
    public static IEnumerable<string> Paths(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(pair => Paths(pair.Value)),
        JsonArray list => list.SelectMany(Paths),
        JsonValue value when value.TryGetValue<string>(out var text) =>
            text.Split([';', '=']).Where(part => part.StartsWith('/')),
        _ => [],
    };
}
