using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>Scenario 2: a queue node is frozen (SIGSTOP) until other nodes have its queues, and then continues.</summary>
[Collection(SharedFleetTests.Name)]
public sealed class FreezeTests(SharedFleet shared, ITestOutputHelper output) : Scenario(output)
{
    [Fact]
    public async Task A_queue_node_that_was_frozen_loses_nothing_and_sends_nothing_twice()
    {
        // Frozen until the queues have moved, and long enough that other nodes have sent mail of the frozen node.
        var frozenFor = TimeSpan.FromSeconds(TestSize.Choose(20, 90));
        var random = new Random(TestSize.Seed);
        Output.WriteLine($"seed {TestSize.Seed}");
        var fleet = await shared.TakeAsync();
        await RunAsync(fleet, async () =>
        {
            await using var load = fleet.Load(TestSize.Choose(60, 200));
            await load.ReachedAsync(TestSize.Choose(200, 2_000), Limit);
            var node = fleet.QueueNodes[random.Next(fleet.QueueNodes.Count)];
            var at = DateTimeOffset.UtcNow;
            node.Process.Send(Signal.Stop);
            TimeSpan again;
            try
            {
                again = await Recovery.OfAllDomainsAsync(fleet, load, at, Limit);
                await Eventually.True(() => DateTimeOffset.UtcNow - at >= frozenFor, frozenFor + Limit, "the time passes");
            }
            finally
            {
                node.Process.Send(Signal.Continue);
            }

            var woken = DateTimeOffset.UtcNow;
            await Recovery.OfAllDomainsAsync(fleet, load, woken, Limit);
            await node.Process.WaitForLineAsync("rejoining", Limit);
            await fleet.Cluster.WaitReadyAsync(Limit);
            await load.StopAsync();
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            Report(
                $"SIGSTOP of a queue node for {(woken - at).TotalSeconds:0} s", verdict, again,
                Counts(load));
            verdict.AssertNothingLostOrTwice(Output);
            Assert.Empty(load.Failures);
            Assert.True(again <= FailOver, $"mail to some domain did not flow for {again.TotalSeconds:0.0} s");
        });
        shared.Return();
    }
}
