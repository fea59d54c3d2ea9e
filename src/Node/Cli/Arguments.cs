using Postfleet.Configuration;

namespace Postfleet.Node.Cli;

/// <summary>Separates settings from the program's verbs and options.</summary>
internal static class Arguments
{
    private static readonly string[] OwnOptions = ["--config", "--help", "--version"];

    /// <summary>
    /// Splits off <c>--Section:Key=value</c> and <c>--Section:Key value</c>. Both lists keep their order. A verb with options of its own
    /// leaves only names with a colon to the settings.
    /// </summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="hasOptions">Whether a verb has options of its own.</param>
    public static (IReadOnlyList<string> Settings, IReadOnlyList<string> Own) Split(
        IReadOnlyList<string> args, Func<string, bool> hasOptions)
    {
        var (settings, own) = Separate(args, IsSetting);
        return own.Count > 0 && hasOptions(Verb(own)) ? Separate(args, IsSectionKey) : (settings, own);
    }

    private static (IReadOnlyList<string> Settings, IReadOnlyList<string> Own) Separate(
        IReadOnlyList<string> args, Func<string, bool> isSetting)
    {
        var settings = new List<string>();
        var own = new List<string>();
        for (var i = 0; i < args.Count; i++)
        {
            if (!isSetting(args[i]))
            {
                own.Add(args[i]);
                continue;
            }

            settings.Add(args[i]);
            if (!args[i].Contains('=') && CommandLineSource.IsValue(args, i + 1)) settings.Add(args[++i]);
        }

        return (settings, own);
    }

    // The first word, unless it is the name of the configuration file.
    private static string Verb(IReadOnlyList<string> own) => own[0] == "--config" ? own.Skip(2).FirstOrDefault("") : own[0];

    private static bool IsSectionKey(string token) => IsSetting(token) && token.Split('=')[0].Contains(':', StringComparison.Ordinal);

    // Unknown options without a colon count as settings: the loader knows all keys and can suggest the right key.
    private static bool IsSetting(string token) =>
        token.Length > 2 && token.StartsWith("--", StringComparison.Ordinal) && !OwnOptions.Contains(token.Split('=')[0]);
}
