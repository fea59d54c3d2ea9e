using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Scenario 10: the packets between the nodes and the database vanish. First they flow again after a while, then they do not, and a standby
/// is promoted.
/// </summary>
public sealed class DatabaseNetworkTests(ITestOutputHelper output) : Scenario(output)
{
    [FullFact]
    public async Task Clients_get_4xx_while_the_packets_of_the_database_vanish_and_mail_flows_again_by_itself()
    {
        var cutFor = TimeSpan.FromSeconds(60);
        await using var network = await MachineNetwork.CreateAsync(2);
        var first = await PostgresServer.StartNewAsync(network.Machines[0], $"{network.Address(0)}");
        await using var second = PostgresServer.Reserve(network.Machines[1], $"{network.Address(1)}");
        await first.StartStandbyAsync(second, isSynchronous: true);
        await using var fleet = await Fleet.StartAsync(
            postgres: first, connection: database => PostgresServer.ConnectionString(database, first, second));
        await RunAsync(fleet, async () =>
        {
            await using var load = fleet.Load(200);
            await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.MinValue, Limit);
            await load.ReachedAsync(2_000, Limit);

            await network.CutAsync(0);
            var cut = DateTimeOffset.UtcNow;
            await Eventually.True(
                () => DateTimeOffset.UtcNow - cut >= cutFor && load.Failures.Any(failure => failure.At > cut), Limit, "4xx");
            var refused = load.Failures.First(failure => failure.At > cut).At - cut;
            await network.HealAsync(0);
            var healed = DateTimeOffset.UtcNow;
            var again = await Recovery.OfAllDomainsAsync(fleet, load, healed, Limit);
            Output.WriteLine(
                $"first refusal {refused.TotalSeconds:0.0} s after the cut, mail again {again.TotalSeconds:0.0} s after its end");

            await network.CutAsync(0);
            var lost = DateTimeOffset.UtcNow;
            await second.PromoteAsync();
            var moved = await Recovery.OfAllDomainsAsync(fleet, load, lost, Limit);

            // The former primary still accepts writes, but no node goes back to it.
            await network.HealAsync(0);
            fleet.CountedIn = PostgresServer.ConnectionString(fleet.Database, second);
            await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.UtcNow, Limit);
            await load.StopAsync();
            await fleet.Cluster.WaitReadyAsync(Limit);
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            Report(
                $"packets of the database vanish for {(healed - cut).TotalSeconds:0} s, and again for ever with a standby promoted",
                verdict, moved,
                $"first `4xx` {refused.TotalSeconds:0.0} s after the cut, mail again {again.TotalSeconds:0.0} s after its end; " +
                $"{Counts(load)}; " +
                $"{verdict.TakenTwice} refused although stored");
            verdict.AssertNothingLostOrTwice(Output, mayBeTakenTwice: true);
            Assert.All(
                load.Failures, failure => Assert.True(failure.Kind == LoadFailureKind.Reply && failure.Detail[0] == '4', $"{failure}"));
        });
    }
}
