using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>Scenario 6: all queue nodes are killed at the same time and stay away for a while.</summary>
[Collection(SharedFleetTests.Name)]
public sealed class NoQueueNodesTests(SharedFleet shared, ITestOutputHelper output) : Scenario(output)
{
    private static readonly TimeSpan UnclaimedAge = TimeSpan.FromSeconds(15);

    // The API counts no further.
    private const int MaxCounted = 10_000;

    [Fact]
    public async Task Frontends_accept_without_any_queue_node_and_all_of_it_arrives_later()
    {
        var downFor = TimeSpan.FromSeconds(TestSize.Choose(15, 60));
        var fleet = await shared.TakeAsync();
        await RunAsync(fleet, async () =>
        {
            await using var load = fleet.Load(TestSize.Choose(60, 200));
            await load.ReachedAsync(TestSize.Choose(200, 2_000), Limit);
            var killed = DateTimeOffset.UtcNow;
            await Task.WhenAll(fleet.QueueNodes.Select(node => node.KillAsync()));
            await Eventually.True(() => DateTimeOffset.UtcNow - killed >= downFor, downFor + Limit, "the time passes");
            // No queue has the messages, but they count as unclaimed from an age of 15 s on.
            var (old, unclaimed) = (0, 0L);
            await Eventually.True(
                async () =>
                {
                    var before = DateTimeOffset.UtcNow - UnclaimedAge;
                    old = load.Acknowledged.Values.Count(sent => sent.At > killed && sent.At < before);
                    unclaimed = (await fleet.Frontends[0].GetAsync("/api/v1/queues"))["unclaimed"]!["messages"]!.GetValue<long>();
                    return old > 0 && unclaimed >= Math.Min(old, MaxCounted);
                },
                Limit, () => $"{unclaimed} unclaimed, {old} accepted more than {UnclaimedAge.TotalSeconds:0} s ago without queue nodes");
            var accepted = load.Acknowledged.Values.Count(sent => sent.At > killed);
            await Task.WhenAll(fleet.QueueNodes.Select(node => node.StartAsync(Limit)));
            var started = DateTimeOffset.UtcNow;
            var again = await Recovery.OfAllDomainsAsync(fleet, load, started, Limit);
            await fleet.Cluster.WaitReadyAsync(Limit);
            await load.StopAsync();
            var inFlight = fleet.QueueNodes.Sum(node => node.InFlightAtRecovery);
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            Report(
                $"all queue nodes dead for {downFor.TotalSeconds:0} s", verdict, again,
                $"{accepted} accepted meanwhile; slowest delivery {verdict.Slowest.TotalSeconds:0} s; {inFlight} in flight; {Counts(load)}");
            // No delivery node has died: each reports outcomes that the old queue nodes have not recorded to the new queue nodes.
            verdict.AssertNothingLostOrTwice(Output);
            Assert.Empty(load.Failures);
            Assert.True(accepted > 0);
        });
        shared.Return();
    }
}
