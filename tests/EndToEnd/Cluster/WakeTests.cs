using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Scenario 8: many queues hold mail that cannot be delivered when a queue node dies. Its queues wake elsewhere without any new mail.
/// </summary>
[Collection(SharedFleetTests.Name)]
public sealed class WakeTests(SharedFleet shared, ITestOutputHelper output) : Scenario(output)
{
    [Fact]
    public async Task All_queues_of_a_dead_node_wake_without_new_mail()
    {
        var domains = TestSize.Choose(1_000, 20_000);
        Output.WriteLine($"seed {TestSize.Seed}");
        var fleet = await shared.TakeAsync();
        await RunAsync(fleet, async () =>
        {
            // Strangers prove themselves with a message when the fleet starts.
            await Eventually.True(async () => await fleet.CountAsync("part") == 0, Limit, "no mail waits from before");
            await fleet.Sink.RefuseAsync();
            await Eventually.True(() => fleet.Sink.ConnectionsNow == 0, Limit, "no connection is open from before");
            await using var load = fleet.Load(TestSize.Choose(300, 500), domains, n => $"to@w{n}.s{n % Fleet.Sites}.test");
            await load.Finished.WaitAsync(Limit);
            Assert.Equal(domains, load.Acknowledged.Count);
            // Every queue has its message, so no hand-off wakes a queue after the death of the node.
            await Eventually.True(() => TakenAsync(fleet, domains), Limit, "every message is in its queue");

            var node = fleet.QueueNodes[new Random(TestSize.Seed).Next(fleet.QueueNodes.Count)];
            await node.KillAsync();
            var killed = DateTimeOffset.UtcNow;
            fleet.Sink.Listen();
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            var woken = fleet.QueueNodes.Where(other => other != node).Sum(other => other.RecoveredSince(killed));
            var last = fleet.Sink.Messages.Where(message => load.Acknowledged.ContainsKey(message.Id)).Max(message => message.At);
            Report(
                $"a queue node dies with mail for {domains} domains waiting", verdict, last - killed,
                $"{woken} queues woke elsewhere; the time is until the last domain had its mail");
            verdict.AssertNothingLostOrTwice(Output);
            Assert.True(woken > 0, "no queue was on the node that died");
            await node.StartAsync(Limit);
        });
        shared.Return();
    }

    // Queues mark their parts in the spool some seconds after they have received them.
    private static async Task<bool> TakenAsync(Fleet fleet, int messages) =>
        await fleet.CountAsync("part") == messages && await fleet.CountAsync("part", "NOT handed_off") == 0;
}
