using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Rules;

public sealed partial class MonitoringRuleTests
{
    [ToolFact]
    public async Task Rules_are_those_of_the_file_and_lead_to_runbooks()
    {
        var manifest = await Chart.RenderAsync("production");
        var rule = Assert.Single(manifest.OfKind("PrometheusRule"));
        var alerts = rule["spec"]!["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).ToList();
        var file = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "k8s", "alerts.yaml"));
        Assert.Equal(Alert().Matches(file).Select(match => match.Groups[1].Value), alerts.Select(alert => (string?)alert!["alert"]));
        var runbooks = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "runbooks.md"));
        Assert.All(alerts, alert =>
        {
            Assert.Contains($"## {(string?)alert!["alert"]}", runbooks);
            Assert.Equal(
                $"https://wiki.example.org/postfleet/runbooks#{((string)alert["alert"]!).ToLowerInvariant()}",
                (string?)alert["annotations"]!["runbook_url"]);
        });
    }

    [ToolFact]
    public async Task Scraped_targets_have_the_job_of_the_rules()
    {
        var manifest = await Chart.RenderAsync("production");
        var monitor = Assert.Single(manifest.OfKind("ServiceMonitor"));
        var endpoint = monitor["spec"]!["endpoints"]![0]!;
        Assert.Contains(
            endpoint["relabelings"]!.AsArray(),
            each => (string?)each!["targetLabel"] == "job" && (string?)each["replacement"] == "postfleet");
        Assert.Equal("postfleet-prometheus", (string?)endpoint["authorization"]!["credentials"]!["name"]);
        // It selects one service, else each node would count twice.
        var selector = monitor["spec"]!["selector"]!["matchLabels"]!.AsObject();
        Assert.Single(manifest.OfKind("Service"), service => selector.All(pair =>
            (string?)service["metadata"]!["labels"]![pair.Key] == (string?)pair.Value));
    }

    [ToolFact]
    public async Task Dashboard_is_that_of_the_file()
    {
        var manifest = await Chart.RenderAsync("production");
        var map = Assert.Single(
            manifest.OfKind("ConfigMap"), each => ((string)each["metadata"]!["name"]!).EndsWith("-dashboard", StringComparison.Ordinal));
        var file = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "k8s", "grafana.json"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(file), JsonNode.Parse((string)map["data"]!["postfleet.json"]!)));
    }

    [GeneratedRegex("alert: ([A-Za-z]+)")]
    private static partial Regex Alert();
}
