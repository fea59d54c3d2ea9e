using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>A test with Helm and network namespaces; skipped with the reason where it lacks one of them.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RolloutFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Problem = new(() => Task.Run(NetworkNamespace.ProblemAsync).GetAwaiter().GetResult());

    public RolloutFactAttribute() => Skip = Reason;

    /// <summary>Whether only full runs include the test.</summary>
    public bool IsForFullRuns
    {
        get;
        set
        {
            field = value;
            if (value && !RolloutRun.IsFull) Skip = "builds an earlier version and takes minutes: set POSTFLEET_TEST_FULL=1";
        }
    }

    private static string? Reason => SkipReason.Text
        ?? (Problem.Value is { } problem ? $"network namespaces cannot be made here (that takes root): {problem}" : null);
}
