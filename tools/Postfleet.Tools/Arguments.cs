using System.Globalization;

namespace Postfleet.Tools;

/// <summary>
/// Options of the form <c>--name value</c>, all numbers, and switches. Who has asked for all that he knows calls <see cref="End"/>.
/// </summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string?> _values = [];

    /// <exception cref="ArgumentException">Something is no option, or an option comes twice.</exception>
    public Arguments(ReadOnlySpan<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (!IsOption(name)) throw new ArgumentException($"not an option: {name}");
            var value = i + 1 < arguments.Length && !IsOption(arguments[i + 1]) ? arguments[++i] : null;
            if (!_values.TryAdd(name, value)) throw new ArgumentException($"{name} is there twice");
        }
    }

    /// <summary>A number that must be given.</summary>
    /// <exception cref="ArgumentException">It is missing, or not within its bounds.</exception>
    public int Required(string name, int low, int high) =>
        _values.ContainsKey(name) ? Number(name, 0, low, high) : throw new ArgumentException($"{name} is missing");

    /// <summary>A number, or <paramref name="other"/> where the option is not given.</summary>
    /// <exception cref="ArgumentException">It is not within its bounds.</exception>
    public int Number(string name, int other, int low, int high) => !_values.Remove(name, out var text) ? other
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high ? number
        : throw new ArgumentException($"{name} is '{text}'; it must be a number of {low} to {high}");

    /// <summary>Whether a switch is given.</summary>
    /// <exception cref="ArgumentException">It has a value.</exception>
    public bool Switch(string name) =>
        _values.Remove(name, out var text)
            && (text is null ? true : throw new ArgumentException($"{name} has no value, and here '{text}'"));

    /// <exception cref="ArgumentException">There is an option that nobody asked for.</exception>
    public void End()
    {
        if (_values.Count > 0) throw new ArgumentException($"unknown option: {_values.Keys.First()}");
    }

    private static bool IsOption(string text) => text.StartsWith("--", StringComparison.Ordinal);
}
