using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Monitoring;

/// <summary>Tests of the Grafana dashboard in <c>k8s/grafana.json</c>.</summary>
public sealed class DashboardTests
{
    private static readonly JsonNode Dashboard =
        JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "k8s", "grafana.json")))!;

    private static IReadOnlyList<string> Queries =>
        [.. Dashboard["panels"]!.AsArray().Where(panel => panel!["targets"] is not null)
            .SelectMany(panel => panel!["targets"]!.AsArray()).Select(target => target!["expr"]!.GetValue<string>())];

    [Fact]
    public void Queries_use_metrics_of_the_page()
    {
        Assert.NotEmpty(Queries);
        Assert.All(Queries, query => Assert.Empty(MetricsPage.UnknownNames(query)));
    }

    /// <summary>Each query is put into a rule, with values for the variables of Grafana.</summary>
    [Fact]
    public async Task Promtool_finds_no_fault_in_the_queries()
    {
        using var folder = new TempFolder("dashboard");
        var rules = Queries.Select((query, index) => new JsonObject
        {
            ["record"] = $"query:{index}",
            ["expr"] = query.Replace("$__rate_interval", "5m", StringComparison.Ordinal)
                .Replace("$node", ".*", StringComparison.Ordinal),
        });
        var file = new JsonObject
        {
            ["groups"] = new JsonArray(new JsonObject { ["name"] = "dashboard", ["rules"] = new JsonArray([.. rules]) }),
        };
        await File.WriteAllTextAsync(folder["rules.yaml"], file.ToJsonString());
        await Promtool.RunAsync($"promtool check rules '{folder["rules.yaml"]}'");
    }

    [Fact]
    public void Panels_do_not_overlap_and_have_titles_and_descriptions()
    {
        var taken = new HashSet<(int X, int Y)>();
        foreach (var panel in Dashboard["panels"]!.AsArray().Select(panel => panel!))
        {
            Assert.NotEmpty(panel["title"]!.GetValue<string>());
            if (panel["type"]!.GetValue<string>() != "row") Assert.NotEmpty(panel["description"]!.GetValue<string>());
            int At(string name) => panel["gridPos"]![name]!.GetValue<int>();
            Assert.InRange(At("x") + At("w"), 1, 24);
            for (var x = At("x"); x < At("x") + At("w"); x++)
                for (var y = At("y"); y < At("y") + At("h"); y++) Assert.True(taken.Add((x, y)), $"{panel["title"]} overlaps");
        }
    }
}
