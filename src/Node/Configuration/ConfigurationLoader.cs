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
        Load(overrides, file, env, workingDirectory, MachineName.Find);

    internal static LoadResult Load(string[] overrides, string? file, IDictionary env, string workingDirectory, Func<string> machineName)
    {
        var errors = new List<string>();
        var values = OptionsMap.Flatten(new PostfleetOptions());
        values.Overlay(Build(ReadFile(file, workingDirectory, errors), lastWins: false, errors));
        values.Overlay(Build(EnvironmentSource.Read(env, errors), lastWins: false, errors));
        values.Overlay(Build(CommandLineSource.Read(overrides, errors), lastWins: true, errors));
        // Values that are refused are not in the layers: what they would have been cannot be held against others.
        if (errors.Count > 0) return new LoadResult(null, errors);

        var options = OptionsMap.Bind(values);
        errors.AddRange(OptionsChecks.Check(options));
        if (errors.Count > 0) return new LoadResult(null, errors);

        if (options.Node.Hostname.Length == 0) options = options with { Node = options.Node with { Hostname = machineName() } };
        return new LoadResult(options, []);
    }

    private static IReadOnlyList<RawSetting> ReadFile(string? file, string workingDirectory, List<string> errors)
    {
        var path = Path.GetFullPath(file ?? DefaultFile, workingDirectory);
        if (File.Exists(path)) return JsonSource.Read(path, errors);
        if (file is not null) errors.Add($"--config is '{file}', and there is no such file; allowed: a file that exists");
        return [];
    }

    private static Layer Build(IReadOnlyList<RawSetting> settings, bool lastWins, List<string> errors)
    {
        var builder = new LayerBuilder(lastWins, errors);
        foreach (var setting in settings) builder.Add(setting);
        return builder.Build();
    }
}
