using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>Scenario 12: PgBouncer with sessions between all nodes and PostgreSQL, which is killed under load and started again.</summary>
public sealed class PgBouncerTests(ITestOutputHelper output) : Scenario(output)
{
    private static readonly TimeSpan DownFor = TimeSpan.FromSeconds(10);

    [FullFact]
    public async Task Every_250_is_kept_behind_a_pooler_of_sessions_and_a_pooler_of_transactions_is_refused()
    {
        var server = await PostgresServer.StartNewAsync();
        await using var sessions = await PgBouncer.StartAsync(server, "session");
        await using var transactions = await PgBouncer.StartAsync(server, "transaction");
        await using var fleet = await Fleet.StartAsync(postgres: server, connection: sessions.Through);
        await RunAsync(fleet, async () =>
        {
            await using var load = fleet.Load(200);
            await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.MinValue, Limit);
            await load.ReachedAsync(2_000, Limit);
            await server.KillAsync();
            var killed = DateTimeOffset.UtcNow;
            await Eventually.True(() => DateTimeOffset.UtcNow - killed >= DownFor, DownFor + Limit, "the time passes");
            await server.StartAsync();
            var again = await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.UtcNow, Limit);
            await load.StopAsync();
            await fleet.Cluster.WaitReadyAsync(Limit);
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            Report(
                $"PgBouncer (sessions), `kill -9` of PostgreSQL, down for {DownFor.TotalSeconds:0} s", verdict, again,
                $"{Counts(load)}; {verdict.TakenTwice} refused although stored");
            verdict.AssertNothingLostOrTwice(Output, mayBeTakenTwice: true);
        });

        await using var refused = new PostfleetNode(new NodeSpec { Postgres = transactions.Through(await server.CreateDatabaseAsync()) });
        Assert.Equal(2, await refused.Launch().WaitForExitAsync(Limit));
        Assert.Contains(
            "Storage:ConnectionString leads to a connection pooler", string.Join('\n', refused.Process.Errors), StringComparison.Ordinal);
    }
}
