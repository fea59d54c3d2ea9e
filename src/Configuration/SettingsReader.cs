using System.Collections;

namespace Postfleet.Configuration;

/// <summary>
/// Reads the sources of a configuration (file, environment variables, command line) over its defaults. Reports all faults at once.
/// </summary>
/// <param name="table">The keys.</param>
public sealed class SettingsReader(KeyTable table)
{
    private readonly List<string> _errors = [];
    private readonly HashSet<string> _refused = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A line for each fault: the key, its value, the allowed values, the origin.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>
    /// The values in force. A refused value is replaced by its default; in a list it is left out.
    /// </summary>
    /// <param name="defaults">The defaults, which the layers are merged into.</param>
    /// <param name="file">The JSON file to read, or null.</param>
    /// <param name="environment">The environment; variables named <c>POSTFLEET_Section__Key</c> are read.</param>
    /// <param name="overrides">Settings of the command line, <c>--Section:Key=value</c> or <c>--Section:Key value</c>.</param>
    public Layer Read(Layer defaults, string? file, IDictionary environment, IReadOnlyList<string> overrides)
    {
        if (file is not null) defaults.Overlay(Build(JsonSource.Read(file, _errors), lastWins: false));
        defaults.Overlay(Build(EnvironmentSource.Read(table, environment, _errors), lastWins: false));
        defaults.Overlay(Build(CommandLineSource.Read(overrides, _errors), lastWins: true));
        return defaults;
    }

    /// <summary>
    /// Whether an error line about a combination of values names a refused value. The default of a refused value must not cause further
    /// errors.
    /// </summary>
    public bool IsAboutRefused(string error) =>
        _refused.Any(path => error.Contains(table.Find(path)?.ElementOrPath ?? path, StringComparison.OrdinalIgnoreCase));

    private Layer Build(IReadOnlyList<RawSetting> settings, bool lastWins)
    {
        var builder = new LayerBuilder(table, lastWins, _errors, _refused);
        foreach (var setting in settings) builder.Add(setting);
        return builder.Build();
    }
}
