using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>Scenario 1: kill -9 of each kind of node in turn, under load; each node is started again before the next is killed.</summary>
[Collection(SharedFleetTests.Name)]
public sealed class KillTests(SharedFleet shared, ITestOutputHelper output) : Scenario(output)
{
    private sealed record Kill(PostfleetNode Node, DateTimeOffset At, long InFlight, TimeSpan Again);

    [Theory]
    [InlineData("queue")]
    [InlineData("delivery")]
    [InlineData("frontend")]
    public async Task No_acknowledged_mail_is_lost_and_only_a_senders_attempts_in_flight_come_twice(string role)
    {
        var rounds = TestSize.Choose(1, 3);
        var random = new Random(TestSize.Seed);
        Output.WriteLine($"seed {TestSize.Seed}");
        var fleet = await shared.TakeAsync();
        await RunAsync(fleet, async () =>
        {
            await using var load = fleet.Load(TestSize.Choose(60, 200));
            await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.MinValue, Limit);
            List<Kill> kills = [];
            for (var round = 0; round < rounds; round++)
            {
                await load.ReachedAsync(load.Acknowledged.Count + TestSize.Choose(200, 2_000), Limit);
                kills.Add(await KillAsync(fleet, load, Victim(fleet, role, random)));
            }

            await load.StopAsync();
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            Judge(verdict, kills);
            Report(
                $"kill -9 of a {role} node, {rounds} times", verdict, kills.Max(kill => kill.Again),
                (role == "delivery" ? $"{string.Join(" + ", kills.Select(kill => kill.InFlight))} attempts in flight; " : "")
                    + Counts(load));
        });
        shared.Return();
    }

    // A random node, but for delivery the node with the most attempts in progress.
    private static PostfleetNode Victim(Fleet fleet, string role, Random random)
    {
        var nodes = fleet.Cluster.With(role);
        return role == "delivery" ? nodes.MaxBy(node => fleet.SitesOf(node).Count)! : nodes[random.Next(nodes.Count)];
    }

    private async Task<Kill> KillAsync(Fleet fleet, LoadClient load, PostfleetNode node)
    {
        var sites = fleet.SitesOf(node);
        await node.KillAsync();
        var at = DateTimeOffset.UtcNow;
        var inFlight = await fleet.InFlightAsync(sites);
        var again = await Recovery.OfAllDomainsAsync(fleet, load, at, Limit);
        Output.WriteLine(
            $"{node.Spec.Name} killed at {at:HH:mm:ss.fff}: {inFlight} attempts in flight to {sites.Count} sites; all domains again after {again.TotalSeconds:0.0} s");
        Assert.True(again <= FailOver, $"mail to some domain did not flow for {again.TotalSeconds:0.0} s");
        for (var server = 0; server < fleet.Frontends.Count; server++)
        {
            if (fleet.Frontends[server].IsRunning)
            {
                Assert.Empty(load.FailuresOf(server, at));
            }
        }

        await node.StartAsync(Limit);
        return new Kill(node, at, inFlight, again);
    }

    private void Judge(Verdict verdict, List<Kill> kills)
    {
        // Only a delivery node that dies between the remote 250 and its record causes a duplicate.
        (verdict with { Repeats = [.. verdict.Repeats.Where(repeat => !kills.Any(kill => IsOf(repeat, kill)))] })
            .AssertNothingLostOrTwice(Output);
        foreach (var kill in kills)
        {
            var own = verdict.Repeats.Count(repeat => IsOf(repeat, kill));
            Output.WriteLine($"{own} duplicates of {kill.InFlight} attempts in flight at the death of {kill.Node.Spec.Name}");
            Assert.True(
                own <= kill.InFlight, $"{own} duplicates, but {kill.InFlight} attempts in flight at the death of {kill.Node.Spec.Name}");
        }
    }

    private static bool IsOf(Repeat repeat, Kill kill) =>
        kill.Node.Spec.Roles.Contains("delivery") && repeat.Arrivals.Count == 2
            && repeat.Arrivals[0].Client == $"{kill.Node.Spec.Name}.test"
        && repeat.Arrivals[0].At <= kill.At && repeat.Arrivals[1].At > kill.At;
}
