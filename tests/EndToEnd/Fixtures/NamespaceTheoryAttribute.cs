using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Fixtures;

/// <summary>A theory that needs network namespaces. It is skipped with the reason if none can be created.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceTheoryAttribute : TheoryAttribute
{
    private static readonly Lazy<string?> Problem = new(() => Task.Run(NetworkNamespace.ProblemAsync).GetAwaiter().GetResult());

    public NamespaceTheoryAttribute()
    {
        if (Problem.Value is { } problem)
        {
            Skip = $"network namespaces cannot be made here (that takes root): {problem}";
        }
    }
}
