using System.Text.Json.Nodes;
using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Rendering;

/// <summary>Each rendered object is read by KubernetesClient and by the models of npm; each finds faults that the other does not.</summary>
public sealed class StrictReadingTests
{
    // The custom resources that KubernetesClient has no type for. The models of npm read all but that of CloudNativePG.
    private static readonly string[] CustomGroups =
        ["cert-manager.io", "gateway.networking.k8s.io", "keda.sh", "monitoring.coreos.com", "postgresql.cnpg.io"];

    public static TheoryData<string> Examples => [.. Chart.Examples];

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Client_reads_each_object_strictly(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.True(manifest.Objects.Count >= 8);
        Assert.All(manifest.Objects, each =>
        {
            if (each.IsKnown) Assert.NotNull(each.Typed.Value);
            else Assert.Contains(each.ApiVersion.Split('/')[0], CustomGroups);
        });
    }

    [ToolFact]
    public async Task Models_of_npm_validate_each_object()
    {
        List<JsonObject> objects = [];
        foreach (var example in Chart.Examples) objects.AddRange((await Chart.RenderAsync(example)).Objects.Select(each => each.Json));
        Assert.Equal(["Cluster mail-db: unknown"], await ValidateAsync(objects));
    }

    [ToolTheory]
    [InlineData("spec: { replicas: two }", "replicas")]
    [InlineData("spec: { replica: 2 }", "replica")]
    [InlineData("metadata: { name: faulty, annotations: { a: true } }", "annotations")]
    public async Task A_fault_is_found(string fault, string named)
    {
        var metadata = fault.StartsWith("metadata", StringComparison.Ordinal) ? "" : "metadata: { name: faulty }\n";
        var yaml = $"apiVersion: apps/v1\nkind: Deployment\n{metadata}{fault}\n";
        var each = Manifest.Read(yaml).Objects.Single();
        var client = Record.Exception(() => each.Typed.Value);
        var models = string.Join('\n', await ValidateAsync([each.Json]));
        Assert.Contains(named, $"{client?.InnerException?.Message} {client?.Message} {models}", StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> ValidateAsync(IEnumerable<JsonObject> objects)
    {
        using var folder = new TempFolder("models");
        await File.WriteAllTextAsync(folder["objects.json"], new JsonArray([.. objects.Select(each => each.DeepClone())]).ToJsonString());
        var result = await Tool.RunAsync("node", ToolFolder.FullPath, ToolFolder.Validator, folder["objects.json"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
