using System.Collections;

namespace Postfleet.Node.Configuration;

/// <summary>The sources of a configuration: a reload reads the same sources again.</summary>
/// <param name="Overrides">Settings of the command line, <c>--Section:Key=value</c> or <c>--Section:Key value</c>.</param>
/// <param name="File">The file to read, which must exist; null for <see cref="ConfigurationLoader.DefaultFile"/> if it exists.</param>
/// <param name="Environment">Environment variables. Names of the form <c>POSTFLEET_Section__Key</c> are read.</param>
/// <param name="WorkingDirectory">The base of relative file names.</param>
public sealed record ConfigurationSources(
    IReadOnlyList<string> Overrides, string? File, IDictionary Environment, string WorkingDirectory)
{
    /// <summary>
    /// Whether the default file must exist, since it was read before: a file that is missing during its replacement must not put the
    /// defaults in force, which have neither tokens nor routes.
    /// </summary>
    public bool NeedsDefaultFile { get; init; }

    /// <summary>
    /// Whether the sources have been read before: a stream such as <c>/dev/stdin</c> is read once, and a reload refuses it.
    /// </summary>
    public bool IsReload { get; init; }
}
