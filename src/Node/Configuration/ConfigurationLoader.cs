using System.Collections;
using Postfleet.Configuration;
using Postfleet.Node.Common;
using Postfleet.Node.Options;

namespace Postfleet.Node.Configuration;

/// <summary>
/// Loads the configuration from its layers: built-in defaults, then <c>postfleet.json</c> or the named file, then environment variables,
/// then the command line. A list of a higher layer replaces the list below it completely. Called by the command line, and for each reload.
/// </summary>
public static class ConfigurationLoader
{
    /// <summary>The file to read if no file is named; it may be missing.</summary>
    public const string DefaultFile = "postfleet.json";

    /// <summary>Loads and checks the configuration. The result has all faults.</summary>
    /// <param name="overrides">Settings of the command line, <c>--Section:Key=value</c> or <c>--Section:Key value</c>.</param>
    /// <param name="file">The file to read, which must exist; null for <see cref="DefaultFile"/> if it exists.</param>
    /// <param name="env">Environment variables. Names of the form <c>POSTFLEET_Section__Key</c> are read.</param>
    /// <param name="workingDirectory">The base of relative file names.</param>
    public static LoadResult Load(string[] overrides, string? file, IDictionary env, string workingDirectory) =>
        Load(new ConfigurationSources(overrides, file, env, workingDirectory), MachineName.Find, checksFiles: true);

    internal static LoadResult Load(ConfigurationSources sources, Func<string> machineName, bool checksFiles)
    {
        var errors = new List<string>();
        var (overrides, file, env, workingDirectory) = sources;
        var path = Path.GetFullPath(file ?? DefaultFile, workingDirectory);
        var isFileRead = File.Exists(path);
        if (file is not null && !isFileRead) errors.Add($"--config is '{file}', but the file does not exist; allowed: an existing file");
        if (file is null && sources.NeedsDefaultFile && !isFileRead)
            errors.Add($"the configuration file '{path}' does not exist any more; allowed: an existing file, or a restart");
        if (isFileRead && RegularFile.Fault(path, allowsStreams: !sources.IsReload) is { } kind)
            return new LoadResult(
                null, [.. errors, OneLine($"{(file is null ? "the configuration file" : "--config")} is '{path}', which {kind}")]);
        var (reader, values) = Read(new PostfleetOptions());
        // Files that would block are neither checked nor read.
        if (RegularFile.Faults(ConfigurationTable.Table, values, workingDirectory) is { Count: > 0 } irregular)
            return new LoadResult(null, [.. errors.Concat(reader.Errors).Concat(irregular).Select(OneLine)]);
        if (ListenerDefaults.Find(values, workingDirectory) is { } defaults) (reader, values) = Read(defaults);
        errors.AddRange(reader.Errors);
        errors.AddRange(Faults(values, workingDirectory, checksFiles).Where(error => !reader.IsAboutRefused(error)));
        // A key, a file name or a value may contain line ends and terminal control characters.
        if (errors.Count > 0) return new LoadResult(null, [.. errors.Select(OneLine)]);

        var options = OptionsMap.Bind<PostfleetOptions>(values);
        if (options.Node.Hostname.Length == 0) options = options with { Node = options.Node with { Hostname = machineName() } };
        var surroundings = Surroundings(options, workingDirectory);
        IEnumerable<string> warnings =
        [
            .. ConfigurationTable.Modules.SelectMany(module => module.Warn(values, surroundings)),
            .. CrossChecks.Warn(options, surroundings),
        ];
        var loaded = new LoadedConfiguration(options, path, isFileRead, [.. warnings.Select(OneLine)])
        {
            Sources = sources with { NeedsDefaultFile = isFileRead || sources.NeedsDefaultFile, IsReload = true },
            Values = values,
        };
        return new LoadResult(loaded, []);

        (SettingsReader Reader, Layer Values) Read(PostfleetOptions over)
        {
            var reader = new SettingsReader(ConfigurationTable.Table);
            return (reader, reader.Read(OptionsMap.Flatten(over), isFileRead ? path : null, env, overrides));
        }
    }

    /// <summary>An error line for each fault of values that were read: forbidden combinations and unusable files.</summary>
    internal static IReadOnlyList<string> Check(Layer values, string workingDirectory) =>
        [.. Faults(values, workingDirectory, checksFiles: true).Select(OneLine)];

    private static IEnumerable<string> Faults(Layer values, string workingDirectory, bool checksFiles)
    {
        var (options, modules) = (OptionsMap.Bind<PostfleetOptions>(values), ConfigurationTable.Modules);
        IEnumerable<string> faults = [.. modules.SelectMany(module => module.Check(values)), .. CrossChecks.Check(options)];
        if (!checksFiles) return faults;
        var surroundings = Surroundings(options, workingDirectory);
        return faults.Concat(modules.SelectMany(module => module.CheckFiles(values, surroundings)));
    }

    private static CheckSurroundings Surroundings(PostfleetOptions options, string workingDirectory) =>
        new(workingDirectory, options.Node.Hostname, TimeProvider.System.GetUtcNow()) { MachineAddresses = MachineAddresses.Read };

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
