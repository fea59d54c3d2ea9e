using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>A fact that needs to mount. It is skipped with the reason if mounting is impossible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Problem = new(() => Task.Run(ProblemAsync).GetAwaiter().GetResult());

    public MountFactAttribute()
    {
        if (Problem.Value is { } problem) Skip = $"nothing can be mounted here (that takes root): {problem}";
    }

    private static async Task<string?> ProblemAsync()
    {
        try
        {
            await ProcessHost.RunAsync(new ProcessSpec("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]));
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }
}
