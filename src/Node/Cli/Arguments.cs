using Postfleet.Configuration;

namespace Postfleet.Node.Cli;

/// <summary>Tells settings from the program's own verbs and options.</summary>
internal static class Arguments
{
    private static readonly string[] OwnOptions = ["--config", "--help", "--version"];

    /// <summary>Takes out <c>--Section:Key=value</c> and <c>--Section:Key value</c>; both parts keep their order.</summary>
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

    // Those without a colon too: the loader knows the keys, and can say which one was meant.
    private static bool IsSetting(string token) =>
        token.Length > 2 && token.StartsWith("--", StringComparison.Ordinal) && !OwnOptions.Contains(token.Split('=')[0]);
}
