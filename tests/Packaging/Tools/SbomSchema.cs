using Postfleet.Testing;

namespace Postfleet.Packaging.Tests.Tools;

/// <summary>The JSON schema of CycloneDX, with a validator.</summary>
internal static class SbomSchema
{
    /// <summary>The packages with both.</summary>
    public static NpmFolder Packages { get; } = new("packaging-tools", Path.Combine(AppContext.BaseDirectory, "Npm"));

    /// <summary>The faults of an SBOM, one a line.</summary>
    public static Task<IReadOnlyList<string>> FaultsAsync(string file) =>
        ProcessHost.RunAsync(new ProcessSpec("node", [Path.Combine(Packages.FullPath, "validate.mjs"), file]));
}
