using System.Text.RegularExpressions;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Monitoring;

/// <summary>A metric as the page <c>docs/metrics.md</c> describes it.</summary>
internal sealed record DocumentedMetric(string Name, string Type, string Unit, string Labels, string Meaning);

/// <summary>Reads <c>docs/metrics.md</c>.</summary>
internal static partial class MetricsPage
{
    /// <summary>The text of the page.</summary>
    public static string Text { get; } = File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md"));

    /// <summary>The metrics of its tables.</summary>
    public static IReadOnlyList<DocumentedMetric> Metrics { get; } = [.. Row().Matches(Text).Select(row => new DocumentedMetric(
        row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value, row.Groups[4].Value.Replace("`", "", StringComparison.Ordinal),
        row.Groups[5].Value))];

    /// <summary>The names in a query that are no metric of the page; histograms have three series each.</summary>
    public static IEnumerable<string> UnknownNames(string query)
    {
        var known = Metrics.SelectMany(metric => metric.Type == "histogram"
            ? new[] { metric.Name + "_bucket", metric.Name + "_sum", metric.Name + "_count" } : [metric.Name]).ToHashSet();
        return Name().Matches(query).Select(match => match.Value).Where(name => !known.Contains(name));
    }

    [GeneratedRegex(@"^\| `(postfleet_\w+)` \| (\w+) \| (\S+) \| (.+?) \| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\bpostfleet_\w+")]
    private static partial Regex Name();
}
