using k8s;
using k8s.Models;
using Postfleet.Kubernetes.Tests.Rendering;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>The template of the pods of a Deployment. Pods of templates with another <see cref="Hash"/> are replaced.</summary>
/// <param name="Metadata">Labels and annotations.</param>
/// <param name="Spec">The container, volumes, probes and grace.</param>
/// <param name="Manifest">The objects of the release, with the ConfigMaps.</param>
internal sealed record PodTemplate(V1ObjectMeta Metadata, V1PodSpec Spec, Manifest Manifest)
{
    /// <summary>The identity of the template, as Kubernetes has it: its own content alone, without that of mounted ConfigMaps.</summary>
    public string Hash { get; } = KubernetesJson.Serialize(new V1PodTemplateSpec { Metadata = Metadata, Spec = Spec });

    /// <summary>The tag of the image.</summary>
    public string Tag => Spec.Containers[0].Image.Split(':')[^1];

    /// <summary>The time from SIGTERM to SIGKILL.</summary>
    public TimeSpan Grace => TimeSpan.FromSeconds(Spec.TerminationGracePeriodSeconds!.Value);

    /// <summary>The number of a named container port.</summary>
    public int Port(string name) => Spec.Containers[0].Ports.Single(port => port.Name == name).ContainerPort;

    /// <summary>The environment of the container at an address.</summary>
    public IReadOnlyDictionary<string, string> Environment(string address) => Spec.Containers[0].Env.ToDictionary(
        variable => variable.Name,
        variable => variable.Value ?? (variable.ValueFrom.FieldRef.FieldPath == "status.podIP"
            ? address : throw new NotSupportedException(variable.ValueFrom.FieldRef.FieldPath)));
}
