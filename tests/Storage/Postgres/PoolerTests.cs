using Npgsql;
using Postfleet.Core;
using Postfleet.Storage.Postgres;
using Postfleet.Testing;

namespace Postfleet.Storage.Tests.Postgres;

/// <summary>PgBouncer between a node and PostgreSQL.</summary>
public sealed class PoolerTests
{
    [Fact]
    public async Task Pooler_of_sessions_keeps_the_settings_of_a_session()
    {
        var server = await PostgresServer.SharedAsync();
        await using var bouncer = await PgBouncer.StartAsync(server, "session");
        var through = bouncer.Through(server.AdminConnectionString);
        await PoolerCheck.RunAsync(through, null, default);
        await using var pool = PostgresPool.Create(through, 1, "test", settings: ["enable_seqscan=off"]);
        for (var n = 0; n < 3; n++)
        {
            await using var connection = await pool.OpenAsync();
            await using var command = new NpgsqlCommand(
                "SELECT current_setting('enable_seqscan') || current_setting('idle_in_transaction_session_timeout')", connection);
            Assert.Equal("off5s", await command.ExecuteScalarAsync());
        }

        Assert.True(pool.HasPooler);
    }

    [Theory]
    [InlineData("transaction")]
    [InlineData("statement")]
    public async Task Pooler_of_transactions_is_refused_in_one_line(string mode)
    {
        var server = await PostgresServer.SharedAsync();
        await using var bouncer = await PgBouncer.StartAsync(server, mode);
        var refused = await Assert.ThrowsAsync<StartFailureException>(
            () => PoolerCheck.RunAsync(bouncer.Through(server.AdminConnectionString), null, default));
        Assert.StartsWith("Storage:ConnectionString leads to a connection pooler", refused.Message, StringComparison.Ordinal);
        Assert.Contains("pool_mode=session", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_without_a_pooler_is_recognised()
    {
        var server = await PostgresServer.SharedAsync();
        await PoolerCheck.RunAsync(server.AdminConnectionString, null, default);
        await using var pool = PostgresPool.Create(server.AdminConnectionString, 1, "test");
        await (await pool.OpenAsync()).DisposeAsync();
        Assert.False(pool.HasPooler);
    }
}
