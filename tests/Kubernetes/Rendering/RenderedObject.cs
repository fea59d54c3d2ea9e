using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Postfleet.Kubernetes.Tests.Rendering;

/// <summary>An object that Helm has rendered.</summary>
internal sealed class RenderedObject
{
    /// <summary>Makes it of its text and the same as JSON.</summary>
    public RenderedObject(string text, JsonObject json)
    {
        Json = json;
        Kind = (string)json["kind"]!;
        ApiVersion = (string)json["apiVersion"]!;
        Name = (string)json["metadata"]!["name"]!;
        IsKnown = Types.ContainsKey($"{ApiVersion}/{Kind}");
        Typed = new Lazy<IKubernetesObject?>(() =>
            IsKnown ? (IKubernetesObject)KubernetesYaml.LoadAllFromString(text, Types, strict: true).Single() : null);
    }

    /// <summary>The types of KubernetesClient, by apiVersion and kind.</summary>
    private static Dictionary<string, Type> Types { get; } = typeof(IKubernetesObject).Assembly.GetTypes()
        .Select(type => (
            type, entity: type.GetCustomAttributes(typeof(KubernetesEntityAttribute), false).OfType<KubernetesEntityAttribute>()))
        .SelectMany(pair => pair.entity.Select(each => (pair.type, each)))
        .ToDictionary(
            pair => $"{(pair.each.Group.Length > 0 ? pair.each.Group + "/" : "")}{pair.each.ApiVersion}/{pair.each.Kind}",
            pair => pair.type);

    /// <summary>The object as JSON.</summary>
    public JsonObject Json { get; }

    /// <summary>The kind.</summary>
    public string Kind { get; }

    /// <summary>Group and version.</summary>
    public string ApiVersion { get; }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>Whether KubernetesClient has a type for it.</summary>
    public bool IsKnown { get; }

    /// <summary>The object in the type of KubernetesClient, read strictly: an unknown field is an error. Null for other kinds.</summary>
    public Lazy<IKubernetesObject?> Typed { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name}";
}
