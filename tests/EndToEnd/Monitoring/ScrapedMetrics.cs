using System.Text.RegularExpressions;

namespace Postfleet.EndToEnd.Tests.Monitoring;

/// <summary>The metrics of Postfleet in an answer of <c>/metrics</c>, in the text format of Prometheus.</summary>
internal sealed partial class ScrapedMetrics(string text)
{
    /// <summary>The lines about metrics of Postfleet. The names of other metrics are those of the .NET runtime.</summary>
    public string OwnLines { get; } = string.Join('\n', text.Split('\n').Where(line => OwnLine().IsMatch(line))) + "\n";

    /// <summary>The types by name.</summary>
    public IReadOnlyDictionary<string, string> Types { get; } = Comments(text, "TYPE");

    /// <summary>The meanings by name.</summary>
    public IReadOnlyDictionary<string, string> Meanings { get; } = Comments(text, "HELP");

    /// <summary>The names of a metric's labels, in order; <c>-</c> without labels.</summary>
    public string LabelsOf(string name)
    {
        var series = Types[name] == "histogram" ? name + "_count" : name;
        var labels = OwnLines.Split('\n').Where(line => line.StartsWith(series + "{", StringComparison.Ordinal))
            .SelectMany(line => Label().Matches(line)).Select(label => label.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);
        return string.Join(", ", labels) is { Length: > 0 } joined ? joined : "-";
    }

    private static Dictionary<string, string> Comments(string text, string kind) => Comment().Matches(text)
        .Where(comment => comment.Groups[1].Value == kind)
        .ToDictionary(comment => comment.Groups[2].Value, comment => comment.Groups[3].Value);

    [GeneratedRegex(@"^(# \w+ )?postfleet_")]
    private static partial Regex OwnLine();

    [GeneratedRegex(@"^# (\w+) (postfleet_\w+) (.*)$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"(\w+)=""")]
    private static partial Regex Label();
}
