using System.Text.Json.Nodes;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>The program of an image's tag.</summary>
/// <param name="Assembly">The path of <c>postfleet.dll</c>.</param>
/// <param name="Adapt">Changes the rendered configuration for a program with other keys, given the address and the mounted files.</param>
internal sealed record PodImage(string Assembly, Action<JsonObject, PodMounts>? Adapt = null)
{
    /// <summary>The program of this build.</summary>
    public static PodImage Current { get; } = new(Repository.NodeAssembly);
}
