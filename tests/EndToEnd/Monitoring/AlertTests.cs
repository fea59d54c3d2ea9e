using System.Text.RegularExpressions;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Monitoring;

/// <summary>Tests of the alert rules in <c>k8s/alerts.yaml</c>.</summary>
public sealed partial class AlertTests
{
    private static readonly string Rules = File.ReadAllText(Path.Combine(Repository.Root, "k8s", "alerts.yaml"));

    private static readonly string UnitTests = File.ReadAllText(Path.Combine(Repository.Root, "k8s", "alerts.test.yaml"));

    private static readonly string Runbooks = File.ReadAllText(Path.Combine(Repository.Root, "docs", "runbooks.md"));

    private static IReadOnlyList<string> Alerts => [.. Alert().Matches(Rules).Select(alert => alert.Groups[1].Value)];

    [Fact]
    public Task Promtool_finds_no_fault_in_the_rules() => Promtool.RunAsync("promtool check rules --lint=all --lint-fatal alerts.yaml");

    [Fact]
    public Task Unit_tests_of_the_rules_pass() => Promtool.RunAsync("promtool test rules alerts.test.yaml");

    [Fact]
    public void Each_alert_has_a_unit_test_that_fires_and_a_section_about_what_to_do()
    {
        Assert.NotEmpty(Alerts);
        Assert.All(Alerts, alert =>
        {
            Assert.Matches($@"alertname: {alert}\n\s+exp_alerts:\n", UnitTests);
            Assert.Contains($"\n## {alert}\n", Runbooks, StringComparison.Ordinal);
            Assert.Contains($"runbook: docs/runbooks.md#{alert.ToLowerInvariant()}\n", Rules, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Rules_use_metrics_of_the_page() => Assert.Empty(MetricsPage.UnknownNames(Rules));

    [GeneratedRegex(@"^\s+- alert: (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Alert();
}
