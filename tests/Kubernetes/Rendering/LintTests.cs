using Postfleet.Kubernetes.Tests.Tools;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Rendering;

public sealed class LintTests
{
    public static TheoryData<string> Examples => [.. Chart.Examples];

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Helm_lint_finds_no_fault(string example)
    {
        var result = await Tool.RunAsync(ToolFolder.Helm, Chart.Folder, "lint", ".", "--strict", "-f", Chart.ExamplePath(example));
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.DoesNotContain("[WARNING]", result.Output, StringComparison.Ordinal);
    }
}
