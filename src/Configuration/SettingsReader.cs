using System.Collections;

namespace Postfleet.Configuration;

/// <summary>
/// Reads the sources of one configuration and puts their layers on its defaults: a file, environment variables, the command line.
/// It finds all faults in one go.
/// </summary>
/// <param name="table">The keys that there are.</param>
public sealed class SettingsReader(KeyTable table)
{
    private readonly List<string> _errors = [];
    private readonly HashSet<string> _refused = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>One line for each fault that was found: the key, its value, what is allowed, where it was given.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>
    /// The values that are in force. A value that was refused is not among them: its default stands there, or nothing in a list.
    /// </summary>
    /// <param name="defaults">What holds where no source says anything; it takes the layers on top of it.</param>
    /// <param name="file">The JSON file to read, or null.</param>
    /// <param name="environment">Environment variables; those named <c>POSTFLEET_Section__Key</c> are read.</param>
    /// <param name="overrides">Settings of the command line, <c>--Section:Key=value</c> or <c>--Section:Key value</c>.</param>
    public Layer Read(Layer defaults, string? file, IDictionary environment, IReadOnlyList<string> overrides)
    {
        if (file is not null) defaults.Overlay(Build(JsonSource.Read(file, _errors), lastWins: false));
        defaults.Overlay(Build(EnvironmentSource.Read(table, environment, _errors), lastWins: false));
        defaults.Overlay(Build(CommandLineSource.Read(overrides, _errors), lastWins: true));
        return defaults;
    }

    /// <summary>
    /// Whether a line about values that do not go together is about a value that was refused. Its default, or the gap in its list, must
    /// not be held against other values.
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
