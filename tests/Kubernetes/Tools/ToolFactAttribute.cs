using Xunit;

namespace Postfleet.Kubernetes.Tests.Tools;

/// <summary>A test that needs the tools of npm; skipped where they cannot be installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolFactAttribute : FactAttribute
{
    /// <summary>Decides whether the test is skipped.</summary>
    public ToolFactAttribute() => Skip = SkipReason.Text;
}

/// <summary>A test with cases that needs the tools of npm; skipped where they cannot be installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides whether the test is skipped.</summary>
    public ToolTheoryAttribute() => Skip = SkipReason.Text;
}

internal static class SkipReason
{
    public static string? Text => ToolFolder.Problem is { } problem ? $"Helm cannot be installed: {problem}" : null;
}
