namespace Postfleet.Configuration;

/// <summary>Reads settings from a command line: <c>--Storage:Provider=postgres</c> or <c>--Storage:Provider postgres</c>.</summary>
public static class CommandLineSource
{
    private const string Dashes = "--";

    /// <summary>The settings, in the order of the command line.</summary>
    internal static IReadOnlyList<RawSetting> Read(IReadOnlyList<string> overrides, ICollection<string> errors)
    {
        var settings = new List<RawSetting>();
        for (var i = 0; i < overrides.Count; i++)
        {
            var token = overrides[i];
            if (!token.StartsWith(Dashes, StringComparison.Ordinal) || token.Length == Dashes.Length)
            {
                errors.Add($"unexpected argument '{token}'; allowed: --Section:Key=value");
                continue;
            }

            var equals = token.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? token : token[..equals];
            var value = equals >= 0 ? token[(equals + 1)..] : IsValue(overrides, i + 1) ? overrides[++i] : null;
            if (value is not null) settings.Add(new RawSetting(name[Dashes.Length..], value, $"command line {name}"));
            else errors.Add($"{name} has no value (command line); allowed: {name}=value");
        }

        return settings;
    }

    /// <summary>Whether the token at an index can be the value of the token before it.</summary>
    public static bool IsValue(IReadOnlyList<string> tokens, int index) =>
        index < tokens.Count && !tokens[index].StartsWith(Dashes, StringComparison.Ordinal);
}
