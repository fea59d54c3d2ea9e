using Npgsql;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Fixtures;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task The_shared_server_gives_each_caller_a_fresh_database()
    {
        var server = await PostgresServer.SharedAsync();
        var databases = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => server.CreateDatabaseAsync()));

        Assert.Equal(3, databases.Distinct().Count());
        foreach (var database in databases)
        {
            Assert.Equal(0L, await ScalarAsync(database, "CREATE TABLE t(i int); SELECT count(*) FROM t"));
        }
    }

    [Fact]
    public async Task Committed_rows_survive_a_crash_and_fsync_is_on()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var database = await server.CreateDatabaseAsync();
        Assert.Equal("on", await ScalarAsync(database, "SHOW fsync"));
        await ScalarAsync(database, "CREATE TABLE t(i int); INSERT INTO t VALUES (42)");

        await server.KillAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ScalarAsync(database, "SELECT 1"));
        await server.StartAsync();
        Assert.Equal(42, await ScalarAsync(database, "SELECT i FROM t"));

        await server.StopAsync();
        await server.StartAsync();
        Assert.Equal(42, await ScalarAsync(database, "SELECT i FROM t"));
    }

    private static async Task<object?> ScalarAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
