using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Scenario 7 with three sources: each has 5 connections, 50 messages a second and a number of messages a day at one site with 40 domains,
/// while a delivery node is killed and all nodes are restarted one after the other.
/// </summary>
public sealed class SourceLimitTests(ITestOutputHelper output) : Scenario(output)
{
    private const int Connections = 5;
    private const int Rate = 50;
    private const int Daily = 15_000;
    private const int Sources = 3;

    // A node takes up to so many units of a day ahead, and wastes them when it dies.
    private const int Block = 100;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    [FullFact]
    public async Task Each_sources_limits_hold_through_a_kill_and_a_rolling_restart()
    {
        var records = new DnsRecords().Address("mx.site.test", "127.0.0.51");
        for (var n = 0; n < Fleet.Domains; n++) records.Mx(Fleet.Domain(n), "mx.site.test");
        await using var dns = await Dnsmasq.StartAsync(records);
        await using var sink = new SmtpSink(new SinkOptions { Address = IPAddress.Parse("127.0.0.51") });
        await using var fleet = await Fleet.StartAsync(
            plan => plan with { Routes = [("*", "mx")], DnsServers = [dns.EndPoint.ToString()] },
            json => Configure(json, sink.Port), sink: sink);
        await RunAsync(fleet, async () =>
        {
            // More mail than the limits allow, so that the queues never become empty.
            await using var load = fleet.Load(1.6 * Rate * Sources, (int)(1.6 * Daily * Sources));
            await load.ReachedAsync(3_000, Limit);
            var victim = fleet.DeliveryNodes.MaxBy(node => sink.Messages.Count(message => message.Client == $"{node.Spec.Name}.test"))!;
            await victim.KillAsync();
            await load.ReachedAsync(load.Acknowledged.Count + 3_000, Limit);
            await victim.StartAsync(Limit);
            var clock = Stopwatch.StartNew();
            foreach (var node in fleet.Cluster.Nodes)
            {
                Assert.Equal(0, await node.TerminateAsync());
                await node.StartAsync(Limit);
            }

            Output.WriteLine($"the rolling restart took {clock.Elapsed.TotalSeconds:0} s");
            await load.Finished.WaitAsync(Limit * 2);
            await Eventually.True(
                () => Task.FromResult(Taken(sink).All(source => source.Count >= Daily - Block * 2) && IsQuiet(sink)), Limit * 2,
                () => $"the day is used up: {string.Join(", ", Taken(sink))}");
            var waiting = 0L;
            await Eventually.True(
                async () => (waiting = await fleet.CountAsync("part")) + sink.Deliveries == load.Acknowledged.Count, Limit,
                () => $"{load.Acknowledged.Count} messages have arrived ({sink.Deliveries}) or wait ({waiting})");
            var worst = Enumerable.Range(1, Sources).Max(n => WorstWindow(sink, Source(n)));
            Report(sink, load, waiting, worst);
            Assert.Equal(Sources, sink.ConnectionsMaxByPeer.Count);
            Assert.All(sink.ConnectionsMaxByPeer.Values, most => Assert.InRange(most, 1, Connections));
            Assert.All(Taken(sink), source => Assert.InRange(source.Count, Daily - Block * 2, Daily));
            // A burst is the messages of a tenth of a second and one, and each connection can be late with one message.
            Assert.InRange(worst, 1, Rate * (int)Window.TotalSeconds + Rate / 10 + 1 + Connections);
        });
    }

    private void Report(SmtpSink sink, LoadClient load, long waiting, int worst) => Output.WriteLine(
        $"| {Sources} sources with {Connections} connections, {Rate}/s and {Daily}/d each | {load.Acknowledged.Count} acknowledged, "
        + $"{waiting} wait, {sink.Duplicates} duplicates; {string.Join(", ", Taken(sink))} taken; at most "
        + $"{string.Join(", ", sink.ConnectionsMaxByPeer.Values)} connections and {worst} messages in {Window.TotalSeconds:0} s |");

    private static void Configure(JsonObject json, int port)
    {
        json["Delivery"] = new JsonObject { ["AllowLoopbackMx"] = true, ["Port"] = port, ["MaxConnectionsPerSite"] = Connections };
        json["Providers"] = new JsonArray(new JsonObject
        {
            ["Name"] = "site",
            ["Mx"] = new JsonArray(".site.test"),
            ["MaxRate"] = new JsonArray($"{Rate}/s", $"{Daily}/d"),
        });
        json["Sources"] = new JsonArray(
            [.. Enumerable.Range(1, Sources).Select(n => new JsonObject { ["Name"] = $"out{n}", ["Addresses"] = $"{Source(n)}" })]);
        // A third of the sites' names for each source.
        json["Routes"] = new JsonArray([.. Enumerable.Range(0, Fleet.Sites).Select(site => new JsonObject
        {
            ["Domain"] = $"*.s{site}.test",
            ["To"] = "mx",
            ["Source"] = $"out{1 + site % Sources}",
        })]);
    }

    private static IPAddress Source(int n) => IPAddress.Parse($"127.0.0.{60 + n}");

    private static List<(IPAddress? Source, int Count)> Taken(SmtpSink sink) =>
        [.. sink.Messages.GroupBy(message => message.Peer).Select(group => (group.Key, group.Count()))];

    private static bool IsQuiet(SmtpSink sink) => sink.Messages.Max(message => message.At) < DateTimeOffset.UtcNow - Window;

    // The most messages of a source in a window of ten seconds.
    private static int WorstWindow(SmtpSink sink, IPAddress source)
    {
        var times = sink.Messages.Where(message => source.Equals(message.Peer)).Select(message => message.At).Order().ToList();
        var (worst, first) = (0, 0);
        for (var last = 0; last < times.Count; last++)
        {
            while (times[last] - times[first] >= Window) first++;
            worst = Math.Max(worst, last - first + 1);
        }

        return worst;
    }
}
