using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Rendering;

public sealed class ReadmeTests
{
    // With this variable, the test writes the table instead of comparing it.
    private const string Write = "POSTFLEET_WRITE_CHART_README";

    [ToolFact]
    public async Task Table_of_values_is_generated_from_the_values()
    {
        var readme = Path.Combine(Chart.Folder, "README.md");
        using var folder = new TempFolder("readme");
        File.Copy(readme, folder["README.md"]);
        // It fails on a value that has no description, too.
        var result = await Tool.RunAsync(
            "node", ToolFolder.FullPath, "node_modules/@bitnami/readme-generator-for-helm/bin/index.js", "--values",
            Path.Combine(Chart.Folder, "values.yaml"), "--readme", folder["README.md"]);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        var generated = await File.ReadAllTextAsync(folder["README.md"]);
        if (Environment.GetEnvironmentVariable(Write) == "1") await File.WriteAllTextAsync(readme, generated);
        Assert.True(
            generated == await File.ReadAllTextAsync(readme),
            $"README.md lacks changes of values.yaml; write it with {Write}=1 in the environment of this test");
    }
}
