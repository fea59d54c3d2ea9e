using System.Net;
using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Scenario 7: a site with a limit of 5 connections and 50 messages a second, mail for 40 domains on it, and queues on three nodes.
/// </summary>
public sealed class SiteLimitTests(ITestOutputHelper output) : Scenario(output)
{
    private const int Connections = 5;
    private const int Rate = 50;

    [Fact]
    public async Task A_sites_limits_hold_over_the_cluster()
    {
        var window = TimeSpan.FromSeconds(TestSize.Choose(15, 60));
        var records = new DnsRecords().Address("mx.site.test", "127.0.0.50");
        for (var n = 0; n < Fleet.Domains; n++)
        {
            records.Mx(Fleet.Domain(n), "mx.site.test");
        }

        await using var dns = await Dnsmasq.StartAsync(records);
        await using var sink = new SmtpSink(new SinkOptions { Address = IPAddress.Parse("127.0.0.50") });
        await using var fleet = await Fleet.StartAsync(
            plan => plan with { Routes = [("*", "mx")], DnsServers = [dns.EndPoint.ToString()] },
            json => json["Delivery"] = new JsonObject
            {
                ["AllowLoopbackMx"] = true,
                ["Port"] = sink.Port,
                ["MaxConnectionsPerSite"] = Connections,
                ["MaxRatePerSite"] = $"{Rate}/s",
            },
            sink: sink);
        await RunAsync(fleet, async () =>
        {
            // More mail than the limit allows, so that the queues never become empty.
            await using var load = fleet.Load(1.5 * Rate);
            await Eventually.True(() => OwnersAsync(fleet), Limit, "every queue node has queues with mail for the site");
            var from = DateTimeOffset.UtcNow;
            await Eventually.True(() => sink.Messages.Any(message => message.At >= from + window), window + Limit, "the window passes");
            await load.StopAsync();
            var count = sink.Messages.Count(message => message.At >= from && message.At < from + window);
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            var measured = count / window.TotalSeconds;
            Report(
                $"site limit of {Connections} connections and {Rate} messages/s", verdict, null,
                $"{measured:0.00} messages/s over {window.TotalSeconds:0} s; at most {sink.ConnectionsMax} connections");
            verdict.AssertNothingLostOrTwice(Output);
            Assert.InRange(sink.ConnectionsMax, 1, Connections);
            // A busy machine delays attempts in progress, so only full runs, which have a machine of their own, enforce the 2 %.
            var (low, high) = TestSize.IsFull ? (0.98, 1.02) : (0.6, 1.1);
            Assert.InRange(measured, Rate * low, Rate * high);
        });
    }

    private static async Task<bool> OwnersAsync(Fleet fleet)
    {
        var queues = (await fleet.Frontends[0].GetAsync("/api/v1/queues"))["queues"]!.AsArray();
        return queues.Select(queue => queue!["node"]!.GetValue<string>()).Distinct().Count() == fleet.QueueNodes.Count;
    }
}
