using Npgsql;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>Tests of the journals during and after an outage of the database.</summary>
public sealed class JournalFaultTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Writes_and_recoveries_fail_while_the_database_is_away_and_work_again_when_it_is_back()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var connectionString = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync());
        // The first host does not exist.
        connectionString.Host = $"/nowhere,{connectionString.Host}";
        connectionString.TargetSessionAttributes = "primary";
        var storage = JournalStorage.Postgres(connectionString.ConnectionString);
        await storage.PrepareAsync(default);
        await using var bench = new JournalBench(storage);
        Assert.Equal(1, await bench.CountAsync("a"));
        Assert.Equal(1, await bench.CountAsync("b", JournalStorage.ShardingJournal));

        await server.KillAsync();
        // More failures than the circuit breaker allows.
        for (var i = 0; i < 15; i++) Assert.Equal(-1, await bench.CountAsync("a"));
        await server.StartAsync();

        await Eventually.True(async () => await bench.CountAsync("a") > 0, Limit, "the queues' journal works again");
        await Eventually.True(
            async () => await bench.CountAsync("b", JournalStorage.ShardingJournal) > 0, Limit, "the sharding's journal works again");
        // All acknowledged events are there, and failed writes have left no row.
        Assert.Equal(3, await bench.CountAsync("a"));
        Assert.Equal(3, await bench.CountAsync("b", JournalStorage.ShardingJournal));
    }

    [Fact]
    public async Task Write_that_only_the_primary_has_fails()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var storage = JournalStorage.Postgres(await server.CreateDatabaseAsync());
        await storage.PrepareAsync(default);
        await using var bench = new JournalBench(storage);
        Assert.Equal(1, await bench.CountAsync("a"));

        await server.LoseStandbyAsync();
        var counted = bench.CountAsync("a");
        await server.CancelStandbyWaitAsync();
        Assert.Equal(-1, await counted);

        await server.ForgetStandbyAsync();
        // The primary has the event of the failed write.
        await Eventually.True(async () => await bench.CountAsync("a") >= 3, Limit, "the journal works again");
    }

    [Fact]
    public void The_circuit_breakers_are_closed_again_within_seconds()
    {
        var config = JournalStorage.Postgres("Host=db;Password=secret").ToConfig();
        foreach (var plugin in new[] { JournalStorage.QueueJournal, JournalStorage.ShardingJournal, JournalStorage.ShardingSnapshots })
        {
            Assert.InRange(config.GetTimeSpan($"{plugin}.circuit-breaker.reset-timeout"), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        }

        Assert.False(config.GetBoolean($"{JournalStorage.ShardingSnapshots}.auto-initialize", true));
        Assert.DoesNotContain("secret", config.ToString(true), StringComparison.Ordinal);
    }
}
