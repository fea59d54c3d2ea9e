using Postfleet.Configuration;

namespace Postfleet.Node.Cli;

/// <summary>Separates settings from the program's verbs and options.</summary>
internal static class Arguments
{
    private static readonly string[] OwnOptions = ["--config", "--help", "--version"];

    /// <summary>Splits off <c>--Section:Key=value</c> and <c>--Section:Key value</c>. Both lists keep their order.</summary>
    public static (IReadOnlyList<string> Settings, IReadOnlyList<string> Own) Split(IReadOnlyList<string> args)
    {
        var settings = new List<string>();
        var own = new List<string>();
        for (var i = 0; i < args.Count; i++)
        {
            if (!IsSetting(args[i]))
            {
                own.Add(args[i]);
                continue;
            }

            settings.Add(args[i]);
            if (!args[i].Contains('=') && CommandLineSource.IsValue(args, i + 1)) settings.Add(args[++i]);
        }

        return (settings, own);
    }

    // Unknown options without a colon count as settings: the loader knows all keys and can suggest the right key.
    private static bool IsSetting(string token) =>
        token.Length > 2 && token.StartsWith("--", StringComparison.Ordinal) && !OwnOptions.Contains(token.Split('=')[0]);
}
