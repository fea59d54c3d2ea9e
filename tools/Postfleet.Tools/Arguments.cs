using System.Globalization;

namespace Postfleet.Tools;

/// <summary>
/// Parses options of the form <c>--name value</c> with numbers, and switches. The caller reads all known options and then calls
/// <see cref="End"/>.
/// </summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string?> _values = [];

    /// <exception cref="ArgumentException">An argument is not an option, or an option is repeated.</exception>
    public Arguments(ReadOnlySpan<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (!IsOption(name)) throw new ArgumentException($"not an option: {name}");
            var value = i + 1 < arguments.Length && !IsOption(arguments[i + 1]) ? arguments[++i] : null;
            if (!_values.TryAdd(name, value)) throw new ArgumentException($"{name} is given twice");
        }
    }

    /// <summary>A required number.</summary>
    /// <exception cref="ArgumentException">The option is missing or out of bounds.</exception>
    public int Required(string name, int low, int high) =>
        _values.ContainsKey(name) ? Number(name, 0, low, high) : throw new ArgumentException($"{name} is missing");

    /// <summary>A number, or <paramref name="other"/> without the option.</summary>
    /// <exception cref="ArgumentException">The number is out of bounds.</exception>
    public int Number(string name, int other, int low, int high) => !_values.Remove(name, out var text) ? other
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high ? number
        : throw new ArgumentException($"{name} is '{text}'; it must be a number of {low} to {high}");

    /// <summary>A text; empty without the option.</summary>
    /// <exception cref="ArgumentException">The option has no value.</exception>
    public string Text(string name) =>
        !_values.Remove(name, out var text) ? "" : text ?? throw new ArgumentException($"{name} needs a value");

    /// <summary>Whether a switch is given.</summary>
    /// <exception cref="ArgumentException">It has a value.</exception>
    public bool Switch(string name) =>
        _values.Remove(name, out var text)
            && (text is null ? true : throw new ArgumentException($"{name} takes no value, but has '{text}'"));

    /// <exception cref="ArgumentException">An option is unknown.</exception>
    public void End()
    {
        if (_values.Count > 0) throw new ArgumentException($"unknown option: {_values.Keys.First()}");
    }

    private static bool IsOption(string text) => text.StartsWith("--", StringComparison.Ordinal);
}
