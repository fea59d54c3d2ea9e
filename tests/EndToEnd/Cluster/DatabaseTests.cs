using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>Scenario 5: all processes of PostgreSQL are killed under load and started again.</summary>
[Collection(SharedFleetTests.Name)]
public sealed class DatabaseTests(SharedFleet shared, ITestOutputHelper output) : Scenario(output)
{
    [Fact]
    public async Task Clients_get_4xx_while_the_database_is_down_and_every_250_is_kept()
    {
        var downFor = TimeSpan.FromSeconds(TestSize.Choose(4, 30));
        var rounds = TestSize.Choose(1, 3);
        var fleet = await shared.TakeAsync();
        await RunAsync(fleet, async () =>
        {
            await using var load = fleet.Load(TestSize.Choose(60, 200));
            var slowest = TimeSpan.Zero;
            for (var round = 0; round < rounds; round++)
            {
                await load.ReachedAsync(load.Acknowledged.Count + TestSize.Choose(200, 2_000), Limit);
                await fleet.Postgres.KillAsync();
                var killed = DateTimeOffset.UtcNow;
                await Eventually.True(
                    () => DateTimeOffset.UtcNow - killed >= downFor
                        && load.Failures.Any(failure => failure.At > killed && IsTransient(failure)),
                    downFor + Limit, "clients get 4xx");
                // The last 250 may have been sent when the database died.
                Assert.DoesNotContain(load.Acknowledged.Values, sent => sent.At > killed.AddSeconds(2) && sent.At < killed + downFor);
                await fleet.Postgres.StartAsync();
                var started = DateTimeOffset.UtcNow;
                var again = await Recovery.OfAllDomainsAsync(fleet, load, started, Limit);
                slowest = again > slowest ? again : slowest;
            }

            await load.StopAsync();
            await fleet.Cluster.WaitReadyAsync(Limit);
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            Report(
                $"kill -9 of PostgreSQL, {rounds} times, down for {downFor.TotalSeconds:0} s", verdict, slowest,
                $"{Counts(load)}; {verdict.TakenTwice} refused although stored");
            verdict.AssertNothingLostOrTwice(Output, mayBeTakenTwice: true);
            Assert.All(load.Failures, failure => Assert.True(IsTransient(failure), failure.ToString()));
        });
        shared.Return();
    }

    private static bool IsTransient(LoadFailure failure) => failure.Kind == LoadFailureKind.Reply && failure.Detail[0] == '4';
}
