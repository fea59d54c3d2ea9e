using Xunit;

namespace Postfleet.Packaging.Tests.Tools;

/// <summary>A test that validates an SBOM with packages of npm; skipped where they cannot be installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SchemaFactAttribute : FactAttribute
{
    public SchemaFactAttribute() =>
        Skip = SbomSchema.Packages.Problem is { } problem ? $"the schema of CycloneDX cannot be installed: {problem}" : null;
}

/// <summary>A test that installs the package; skipped without root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = Environment.IsPrivilegedProcess ? null : "an installation takes root";
}

/// <summary>A test for full runs, which takes minutes.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FullRunFactAttribute : FactAttribute
{
    public FullRunFactAttribute() =>
        Skip = Environment.GetEnvironmentVariable("POSTFLEET_TEST_FULL") == "1" ? null : "takes minutes: set POSTFLEET_TEST_FULL=1";

    /// <summary>A program without which the test is skipped.</summary>
    public string? Needs
    {
        get;
        set
        {
            field = value;
            if (!File.Exists(value)) Skip ??= $"needs {value}";
        }
    }
}
