using System.Diagnostics;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>Scenario 4: every node is asked to stop and started again, one after the other, under load.</summary>
[Collection(SharedFleetTests.Name)]
public sealed class RollingRestartTests(SharedFleet shared, ITestOutputHelper output) : Scenario(output)
{
    [Fact]
    public async Task A_rolling_restart_of_all_nodes_loses_nothing_sends_nothing_twice_and_turns_nobody_away()
    {
        var rounds = TestSize.Choose(1, 3);
        var fleet = await shared.TakeAsync();
        await RunAsync(fleet, async () =>
        {
            await using var load = fleet.Load(TestSize.Choose(60, 200));
            await load.ReachedAsync(200, Limit);
            var clock = Stopwatch.StartNew();
            var slowest = TimeSpan.Zero;
            for (var round = 0; round < rounds; round++)
            {
                // Restarts from the youngest to the oldest node are gentler, but any order must work.
                foreach (var node in fleet.Cluster.Nodes)
                {
                    var begun = clock.Elapsed;
                    Assert.Equal(0, await node.TerminateAsync());
                    var stopped = clock.Elapsed;
                    await node.StartAsync(Limit);
                    Output.WriteLine($"{node.Spec.Name}: stopped in {(stopped - begun).TotalSeconds:0.0} s, ready in {(clock.Elapsed - stopped).TotalSeconds:0.0} s");
                    slowest = stopped - begun > slowest ? stopped - begun : slowest;
                }
            }

            await load.StopAsync();
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            Report(
                $"rolling restart of all seven, {rounds} times", verdict, null,
                $"slowest stop {slowest.TotalSeconds:0.0} s; {Counts(load)}; {load.Unserved.Count} clients found both frontends closed");
            verdict.AssertNothingLostOrTwice(Output);
            Assert.True(load.Unserved.Count == 0, Around(load));
            Assert.DoesNotContain(load.Failures, failure => failure.Kind is LoadFailureKind.InDoubt or LoadFailureKind.Reply);
        });
        shared.Return();
    }

    // The failures around the first time that a client was refused by both frontends.
    private static string Around(LoadClient load) => load.Unserved.Count == 0 ? "" :
        $"both frontends were closed to a client at {string.Join(", ", load.Unserved.Select(at => $"{at:mm:ss.fff}"))}: "
        + string.Join("; ", load.Failures.Where(failure => (load.Unserved.First() - failure.At).Duration() < TimeSpan.FromSeconds(2))
            .Select(failure => $"{failure.At:mm:ss.fff} {failure.Server} {failure.Kind} {failure.Detail}"));
}
