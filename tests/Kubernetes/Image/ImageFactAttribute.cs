using Postfleet.Kubernetes.Tests.Rollout;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Image;

/// <summary>A test that builds images and runs them; skipped with the reason where it lacks root, buildah or Debian packages.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ImageFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Problem = new(() => Task.Run(Buildah.ProblemAsync).GetAwaiter().GetResult());

    public ImageFactAttribute() => Skip = Reason;

    /// <summary>Whether only full runs include the test.</summary>
    public bool IsForFullRuns
    {
        get;
        set
        {
            field = value;
            if (value && !RolloutRun.IsFull) Skip = "compiles the program three times and takes minutes: set POSTFLEET_TEST_FULL=1";
        }
    }

    private static string? Reason =>
        Problem.Value is { } problem ? $"images cannot be built here (that takes root and buildah): {problem}"
        : DebianPackages.Problem is { } missing ? $"the packages of the base image cannot be downloaded: {missing}" : null;
}
