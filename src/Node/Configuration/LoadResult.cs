using Postfleet.Configuration;
using Postfleet.Node.Options;

namespace Postfleet.Node.Configuration;

/// <summary>The configuration or its faults.</summary>
/// <param name="Loaded">The configuration, checked; null when there are errors.</param>
/// <param name="Errors">A line for each fault: the key, its value, the allowed values and the source. Secrets are masked.</param>
public sealed record LoadResult(LoadedConfiguration? Loaded, IReadOnlyList<string> Errors);

/// <summary>A checked configuration, with which a node can start.</summary>
/// <param name="Options">The options, with every default filled in.</param>
/// <param name="File">The full path of the configuration file, whether or not it exists.</param>
/// <param name="IsFileRead">Whether the file exists and was read; always true for a named file.</param>
/// <param name="Warnings">A line for each allowed setting which is most likely a mistake.</param>
public sealed record LoadedConfiguration(PostfleetOptions Options, string File, bool IsFileRead, IReadOnlyList<string> Warnings)
{
    /// <summary>The sources of the configuration, for reading them again.</summary>
    public required ConfigurationSources Sources { get; init; }

    /// <summary>The values of all keys as they were read. The machine's name is not among them.</summary>
    public required Layer Values { get; init; }
}
