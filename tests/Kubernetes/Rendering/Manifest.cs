using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Postfleet.Kubernetes.Tests.Rendering;

/// <summary>The objects of a release: as text, as JSON, and those that KubernetesClient knows as its types.</summary>
internal sealed class Manifest
{
    private Manifest(IReadOnlyList<RenderedObject> objects) => Objects = objects;

    /// <summary>All objects.</summary>
    public IReadOnlyList<RenderedObject> Objects { get; }

    /// <summary>Reads the output of Helm.</summary>
    public static Manifest Read(string yaml)
    {
        List<RenderedObject> objects = [];
        foreach (var text in yaml.Split("\n---", StringSplitOptions.RemoveEmptyEntries).Select(part => part.TrimStart('-')))
        {
            if (YamlText.ToJson(text) is JsonObject json) objects.Add(new RenderedObject(text, json));
        }

        return new Manifest(objects);
    }

    /// <summary>The objects of a type of KubernetesClient, read strictly.</summary>
    public IReadOnlyList<T> All<T>() where T : IKubernetesObject => [.. Objects.Select(each => each.Typed.Value).OfType<T>()];

    /// <summary>The objects of a kind.</summary>
    public IReadOnlyList<JsonObject> OfKind(string kind) => [.. Objects.Where(each => each.Kind == kind).Select(each => each.Json)];

    /// <summary>The templates of all pods, with the name of the object that makes them.</summary>
    public IReadOnlyList<(string Owner, V1ObjectMeta Metadata, V1PodSpec Spec)> Pods =>
    [
        .. All<V1Deployment>().Select(each => ($"Deployment {each.Name()}", each.Spec.Template.Metadata, each.Spec.Template.Spec)),
        .. All<V1StatefulSet>().Select(each => ($"StatefulSet {each.Name()}", each.Spec.Template.Metadata, each.Spec.Template.Spec)),
        .. All<V1Job>().Select(each => ($"Job {each.Name()}", each.Spec.Template.Metadata, each.Spec.Template.Spec)),
        .. All<V1Pod>().Select(each => ($"Pod {each.Name()}", each.Metadata, each.Spec)),
    ];

    /// <summary>The pods of nodes.</summary>
    public IReadOnlyList<(string Owner, V1ObjectMeta Metadata, V1PodSpec Spec)> Nodes =>
        [.. Pods.Where(pod => pod.Metadata.Labels.ContainsKey("postfleet.io/node"))];
}
