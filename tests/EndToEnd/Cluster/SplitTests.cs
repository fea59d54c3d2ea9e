using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Fixtures;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Scenario 3: the cluster's network is cut between a queue node, a delivery node and a frontend on one side and the other four nodes on
/// the other side, and healed again. Both sides always reach the database, the sites and the clients, so only the cluster's rules prevent
/// duplicates.
/// </summary>
public sealed class SplitTests(ITestOutputHelper output) : Scenario(output)
{
    /// <summary>The queue node on the small side: the oldest one, and in full runs the youngest too.</summary>
    public static TheoryData<string> Cuts => TestSize.IsFull ? ["queue1", "queue3"] : ["queue1"];

    [NamespaceTheory]
    [MemberData(nameof(Cuts))]
    public async Task Losing_side_of_a_split_loses_no_mail_and_repeats_no_mail_of_the_winning_side(string cut)
    {
        var cutFor = TimeSpan.FromSeconds(TestSize.Choose(25, 90));
        await using var network = await SplitNetwork.CreateAsync(nodes: 7, sites: Fleet.Sites);
        // The first node is the oldest, so the cut side has all singletons and the shard coordinators.
        await using var fleet = await Fleet.StartAsync(
            plan => plan with { Network = network, Cut = [cut, "delivery1", "frontend1"], OldestFirst = true },
            json => json["Relay"] = new JsonObject { ["TrustedNetworks"] = new JsonArray(SplitNetwork.Cidr) },
            site: network.Site);
        await RunAsync(fleet, async () =>
        {
            await using var load = fleet.Load(TestSize.Choose(60, 200));
            await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.MinValue, Limit);
            await load.ReachedAsync(TestSize.Choose(200, 2_000), Limit);
            var sites = fleet.SitesOf(fleet.Cluster["delivery1"]);
            await network.CutAsync();
            var at = DateTimeOffset.UtcNow;
            var inFlight = await fleet.InFlightAsync(sites);
            var again = await Recovery.OfAllDomainsAsync(fleet, load, at, Limit);
            await Eventually.True(() => DateTimeOffset.UtcNow - at >= cutFor, cutFor + Limit, "the time passes");
            await network.HealAsync();
            var healed = DateTimeOffset.UtcNow;
            await Recovery.OfAllDomainsAsync(fleet, load, healed, Limit);
            await fleet.Cluster[cut].Process.WaitForLineAsync("rejoining", Limit);
            await fleet.Cluster.WaitReadyAsync(Limit);
            await load.StopAsync();
            var verdict = await Verdict.OfAsync(fleet, load, Limit);

            // Attempts that the cut delivery node had in progress when it was removed may repeat, as after a kill.
            var mayRepeat = inFlight + fleet.QueueNodes.Where(node => node.Spec.Name != cut).Sum(node => node.InFlightAtRecovery);
            Report(
                $"network cut for {(healed - at).TotalSeconds:0} s, {(cut == "queue1" ? "with" : "without")} the oldest node on the small side", verdict, again,
                $"{mayRepeat} in flight at the sender that was cut off; {Counts(load)}");
            var (own, others) = (
                verdict.Repeats.Where(IsOfCutSender).ToList(), verdict.Repeats.Where(repeat => !IsOfCutSender(repeat)).ToList());
            (verdict with { Repeats = others }).AssertNothingLostOrTwice(Output);
            Assert.True(
                own.Count <= mayRepeat, $"{own.Count} duplicates of the sender that was cut off, but {mayRepeat} attempts in flight");
            Assert.Empty(load.Failures);
        });

        bool IsOfCutSender(Repeat repeat) => repeat.Arrivals.Count == 2 && repeat.Arrivals[0].Client == "delivery1.test";
    }
}
