using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>kill -9 under load: no acknowledged message is lost, and only attempts in progress may cause duplicates.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Domains = 5;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(Engine.Sqlite, 10)]
    [InlineData(Engine.Postgres, 3)]
    public async Task Every_acknowledged_message_arrives_and_only_attempts_in_flight_come_twice(Engine engine, int rounds)
    {
        rounds = TestSize.Choose(rounds, 10);
        var messages = TestSize.Choose(1_500, 10_000);
        var random = new Random(TestSize.Seed);
        output.WriteLine($"seed {TestSize.Seed}");

        await using var sink = new SmtpSink();
        var spec = await engine.SpecAsync() with { Routes = [("*", $"smtp://127.0.0.1:{sink.Port}")] };
        await using var node = new PostfleetNode(spec);
        await node.StartAsync();
        for (var round = 1; round <= rounds; round++)
        {
            var duplicatesBefore = sink.Duplicates;
            // The load continues until it is stopped, however late the kill comes.
            await using var load = LoadClient.Start(
                new LoadPlan([node.Relay], n => [$"to@domain{n % Domains}.example"]) { IdPrefix = $"round{round}" });
            var killAt = random.Next(1, messages * 9 / 10);
            await load.ReachedAsync(killAt, Limit);
            await node.KillAsync();
            await load.StopAsync().WaitAsync(Limit);

            await node.StartAsync();
            await AllArriveAsync(load, sink);
            await new StorageProbe(spec, node).WaitSettledAsync(Limit);
            var duplicates = sink.Duplicates - duplicatesBefore;
            output.WriteLine(
                $"round {round}: killed at {killAt}, {load.Acknowledged.Count} acknowledged, " +
                $"{node.InFlightAtRecovery} in flight, {duplicates} duplicates");
            Assert.True(
                duplicates <= node.InFlightAtRecovery,
                $"round {round}: {duplicates} duplicates, but only {node.InFlightAtRecovery} attempts were in flight (seed {TestSize.Seed})");
        }
    }

    private static async Task AllArriveAsync(LoadClient load, SmtpSink sink)
    {
        var missing = load.Acknowledged.Values.Select(sent => (sent.Id, Recipient: sent.Recipients.Single())).ToList();
        await Eventually.True(
            () =>
            {
                missing.RemoveAll(pair => sink.Count(pair.Id, pair.Recipient) > 0);
                return Task.FromResult(missing.Count == 0);
            },
            Limit,
            () => $"{missing.Count} acknowledged messages did not arrive, for example {missing[0]} (seed {TestSize.Seed})");
    }
}
