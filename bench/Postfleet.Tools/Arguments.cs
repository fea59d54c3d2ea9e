using System.Globalization;

namespace Postfleet.Tools;

/// <summary>Options of the form <c>--name value</c>, all numbers, and switches.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];

    public Arguments(ReadOnlySpan<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal)) throw new ArgumentException($"not an option: {arguments[i]}");
            var hasValue = i + 1 < arguments.Length && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal);
            _values[arguments[i][2..]] = hasValue ? arguments[++i] : "1";
        }
    }

    public int Required(string name) => _values.ContainsKey(name) ? Number(name, 0) : throw new ArgumentException($"--{name} is missing");

    public int Number(string name, int other) => !_values.TryGetValue(name, out var text) ? other
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new ArgumentException($"--{name} is '{text}'; it must be a number");
}
