using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Postfleet.Storage.Postgres;
using Postfleet.Testing;

namespace Postfleet.Storage.Tests.Postgres;

/// <summary>Pools over a primary and a standby, with the guard of new connections.</summary>
public sealed class PostgresFailOverTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly PostgresServer _second = PostgresServer.Reserve();
    private readonly ServerGuard _guard = new(NullLogger<ServerGuard>.Instance, TimeProvider.System);
    private readonly NumberWitness _witness = new();
    private PostgresServer _first = null!;
    private PostgresPool _pool = null!;

    public async Task InitializeAsync()
    {
        _first = await PostgresServer.StartNewAsync();
        await _first.ExecuteAsync("CREATE TABLE numbers (number int PRIMARY KEY)");
        await _first.StartStandbyAsync(_second, isSynchronous: false);
        _guard.Add(_witness);
        // The standby comes first: the order of the hosts says nothing.
        _pool = Pool(_second, _first);
    }

    public async Task DisposeAsync()
    {
        await _pool.DisposeAsync();
        _guard.Dispose();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Promoted_standby_with_all_changes_is_used_and_the_former_primary_is_refused()
    {
        await InsertAsync(1);
        await CatchUpAsync();
        await _first.StopAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => InsertAsync(2));
        await _second.PromoteAsync();
        await Eventually.True(() => IsDoneAsync(() => InsertAsync(3)), Limit, "the standby is used");
        Assert.Equal(0, _guard.Epoch);
        Assert.False(_guard.WhenBehind.IsCompleted);

        await _first.StartAsync();
        await using var alone = Pool(_first);
        var refused = await Assert.ThrowsAnyAsync<NpgsqlException>(() => alone.OpenAsync());
        Assert.Contains("outdated timeline 1", refused.Message, StringComparison.Ordinal);
        // Of two servers that accept writes, the server on the newer timeline is used, also by a process that knows neither.
        await using var unaware = PostgresPool
            .Create(PostgresServer.ConnectionString(_first.AdminConnectionString, _first, _second), 1, "test");
        await using var open = await unaware.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM numbers WHERE number = 3", open);
        Assert.Equal(1L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Lost_changes_stop_all_connections_until_the_memory_of_the_node_is_discarded()
    {
        await InsertAsync(1);
        await CatchUpAsync();
        await _first.HoldReplicationAsync();
        await InsertAsync(2);
        await _first.DestroyAsync();
        await _second.PromoteAsync();

        await Eventually.True(
            async () => !await IsDoneAsync(() => InsertAsync(4)) && _guard.WhenBehind.IsCompleted, Limit, "changes are missed");
        Assert.Equal(1, _guard.Epoch);
        Assert.False(await IsDoneAsync(() => InsertAsync(5)));
        _guard.Resume();
        Assert.False(_guard.WhenBehind.IsCompleted);
        await InsertAsync(6);
    }

    [Fact]
    public async Task Standby_alone_is_refused()
    {
        await using var pool = Pool(_second);
        var refused = await Assert.ThrowsAnyAsync<NpgsqlException>(() => pool.OpenAsync());
        Assert.Contains("is a standby", refused.Message, StringComparison.Ordinal);
    }

    private PostgresPool Pool(params PostgresServer[] servers) => PostgresPool.Create(
        PostgresServer.ConnectionString(_first.AdminConnectionString, servers), 2, "test", guard: _guard);

    private async Task InsertAsync(int number)
    {
        await using var connection = await _pool.OpenAsync();
        await using var command =
            new NpgsqlCommand("INSERT INTO numbers VALUES ($1)", connection) { Parameters = { new() { Value = number } } };
        await command.ExecuteNonQueryAsync();
        _witness.Add([number]);
    }

    private async Task CatchUpAsync() => await Eventually.True(
        async () => await _first.ScalarAsync("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()") is 1L,
        Limit, "the standby has all changes");

    private static async Task<bool> IsDoneAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private sealed class NumberWitness : RecentChanges<int>
    {
        protected override async Task<int> CountMissingAsync(NpgsqlConnection connection, IReadOnlyList<int> changes)
        {
            await using var command = new NpgsqlCommand("SELECT count(*) FROM numbers WHERE number = ANY ($1)", connection)
            {
                Parameters = { new() { Value = changes.ToArray() } },
            };
            return changes.Count - (int)(long)(await command.ExecuteScalarAsync())!;
        }
    }
}
