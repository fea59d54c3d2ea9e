using System.Collections;
using Postfleet.Core.Options;

namespace Postfleet.Node.Configuration;

/// <summary>
/// Puts the configuration together: built-in defaults, then <c>postfleet.json</c> or the file that was named, then environment
/// variables, then the command line. A list that a higher layer gives replaces the one below it as a whole.
/// </summary>
public static class ConfigurationLoader
{
    /// <summary>The file that is read when none is named and it exists.</summary>
    public const string DefaultFile = "postfleet.json";

    /// <summary>Loads and checks the configuration. All faults are found in one go.</summary>
    /// <param name="overrides">Settings of the command line, <c>--Section:Key=value</c> or <c>--Section:Key value</c>.</param>
    /// <param name="file">The file to read, which must exist; null for <see cref="DefaultFile"/> if there is one.</param>
    /// <param name="env">Environment variables; those named <c>POSTFLEET_Section__Key</c> are read.</param>
    /// <param name="workingDirectory">Where relative file names start.</param>
    public static LoadResult Load(string[] overrides, string? file, IDictionary env, string workingDirectory) =>
        Load(overrides, file, env, workingDirectory, MachineName.Find, FileChecks.Check);

    internal static LoadResult Load(
        string[] overrides, string? file, IDictionary env, string workingDirectory, Func<string> machineName,
        Func<PostfleetOptions, string, IEnumerable<string>> checkFiles)
    {
        var errors = new List<string>();
        var path = Path.GetFullPath(file ?? DefaultFile, workingDirectory);
        var isFileRead = File.Exists(path);
        if (file is not null && !isFileRead) errors.Add($"--config is '{file}', and there is no such file; allowed: a file that exists");
        var refused = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var values = OptionsMap.Flatten(new PostfleetOptions());
        if (isFileRead) values.Overlay(Build(JsonSource.Read(path, errors), lastWins: false, errors, refused));
        values.Overlay(Build(EnvironmentSource.Read(env, errors), lastWins: false, errors, refused));
        values.Overlay(Build(CommandLineSource.Read(overrides, errors), lastWins: true, errors, refused));
        var options = OptionsMap.Bind(values);
        errors.AddRange(OptionsChecks.Check(options).Concat(checkFiles(options, workingDirectory)).Where(error => !Concerns(error, refused)));
        // A key, a file name or a value may hold line ends and what a terminal obeys.
        if (errors.Count > 0) return new LoadResult(null, [.. errors.Select(OneLine)]);

        if (options.Node.Hostname.Length == 0) options = options with { Node = options.Node with { Hostname = machineName() } };
        return new LoadResult(new LoadedConfiguration(options, path, isFileRead, [.. OptionsWarnings.Check(options, workingDirectory, TimeProvider.System.GetUtcNow()).Select(OneLine)]), []);
    }

    // A value that was refused is not in the options: its default stands there, or nothing in a list, which must not be held against other values.
    private static bool Concerns(string error, HashSet<string> refused) =>
        refused.Any(path => error.Contains(ResolvedPath.Find(path)?.ElementOrPath ?? path, StringComparison.OrdinalIgnoreCase));

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static Layer Build(IReadOnlyList<RawSetting> settings, bool lastWins, List<string> errors, ISet<string> refused)
    {
        var builder = new LayerBuilder(lastWins, errors, refused);
        foreach (var setting in settings) builder.Add(setting);
        return builder.Build();
    }
}
