using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Monitoring;

/// <summary>Scrapes a running node that has handled mail of each kind.</summary>
public sealed class MetricsTests : IClassFixture<MetricsTests.Node>
{
    private readonly ScrapedMetrics _scraped;

    public MetricsTests(Node node) => _scraped = node.Scraped;

    [Fact]
    public void Metrics_and_their_page_have_the_same_names()
    {
        Assert.Equal(MetricsPage.Metrics.Select(metric => metric.Name).Order(StringComparer.Ordinal),
            _scraped.Types.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Page_has_the_types_the_labels_and_the_meanings()
    {
        var actual = MetricsPage.Metrics.Where(metric => _scraped.Types.ContainsKey(metric.Name)).Select(metric => metric with
        {
            Type = _scraped.Types[metric.Name],
            Labels = _scraped.LabelsOf(metric.Name),
            Meaning = _scraped.Meanings[metric.Name],
        });
        Assert.Equal(actual, MetricsPage.Metrics);
    }

    [Fact]
    public void Units_of_time_and_size_are_in_the_names() => Assert.All(MetricsPage.Metrics, metric =>
    {
        var name = metric.Name.EndsWith("_total", StringComparison.Ordinal) ? metric.Name[..^"_total".Length] : metric.Name;
        Assert.Equal(metric.Unit is "seconds" or "bytes", name.EndsWith("_seconds", StringComparison.Ordinal) || name
            .EndsWith("_bytes", StringComparison.Ordinal));
        Assert.Equal(metric.Type == "counter", name.Length < metric.Name.Length);
    });

    [Fact]
    public async Task Promtool_finds_no_fault_in_the_exposition()
    {
        using var folder = new TempFolder("metrics");
        await File.WriteAllTextAsync(folder["metrics"], _scraped.OwnLines);
        await Promtool.RunAsync($"promtool check metrics < '{folder["metrics"]}'");
    }

    /// <summary>A node with a filter, one message delivered and one deferred.</summary>
    public sealed class Node : IAsyncLifetime
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

        internal ScrapedMetrics Scraped { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            using var folder = new TempFolder("filter");
            var script = Path.Combine(Repository.Root, "tests", "Frontend", "Filters", "doer.py");
            await using var filter = ProcessHost.Start(new ProcessSpec("/usr/bin/python3", [script, $"unix:{folder["socket"]}"]));
            await Eventually.True(() => File.Exists(folder["socket"]), Limit, "the filter does not listen");
            // No DNS server answers.
            await using var node = new PostfleetNode(new NodeSpec
            {
                Routes = [("mx.test", "mx"), ("*", "capture")],
                DnsServers = ["127.0.0.1:1"],
                Configure = configuration => configuration["Filters"] = new JsonArray(
                    new JsonObject { ["Name"] = "doer", ["Endpoint"] = $"unix:{folder["socket"]}" }),
            });
            await node.StartAsync();
            await PostfixTools.SwaksAsync(node.Relay, "someone@captured.test");
            await PostfixTools.SwaksAsync(node.Relay, "someone@mx.test");
            using var http = new HttpClient();
            await Eventually.True(
                async () =>
                {
                    var text = await http.GetStringAsync(new Uri($"http://{node.Admin}/metrics"));
                    Scraped = new ScrapedMetrics(text);
                    return text.Contains("postfleet_dns_query_duration_seconds_count", StringComparison.Ordinal)
                        && text.Contains("postfleet_queue_time_seconds_count", StringComparison.Ordinal);
                },
                Limit,
                () => $"a message is delivered and another asks the DNS\n{Scraped.OwnLines}");
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }
}
