using Npgsql;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Faults of a PostgreSQL server that its clients have to survive.</summary>
internal static class ServerTrouble
{
    /// <summary>Starts a fault.</summary>
    /// <param name="server">The server.</param>
    /// <param name="trouble"><c>stopped</c>, <c>standing still</c>, <c>read-only</c>, or else no free connection.</param>
    /// <returns>Ends the fault.</returns>
    public static async Task<Func<Task>> BeginAsync(PostgresServer server, string trouble)
    {
        switch (trouble)
        {
            case "stopped":
                await server.StopAsync();
                return server.StartAsync;
            case "standing still":
                await server.FreezeAsync();
                return server.ThawAsync;
            case "read-only":
                await SetReadOnlyAsync(server, "on");
                return () => SetReadOnlyAsync(server, "off");
            default:
                return await TakeAllConnectionsAsync(server);
        }
    }

    // A primary becomes read-only when it is demoted or when its disk is protected.
    private static async Task SetReadOnlyAsync(PostgresServer server, string value)
    {
        await using var connection = new NpgsqlConnection(server.AdminConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        foreach (var sql in new[] { $"ALTER SYSTEM SET default_transaction_read_only = {value}", "SELECT pg_reload_conf()" })
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    // Existing connections end, and no connection is left for new ones. The clients connect again at once, so connections that have ended
    // are taken until no client has one.
    private static async Task<Func<Task>> TakeAllConnectionsAsync(PostgresServer server)
    {
        List<NpgsqlConnection> taken = [];
        while (true)
        {
            var connection = new NpgsqlConnection(server.AdminConnectionString + ";Pooling=false");
            try
            {
                await connection.OpenAsync();
                taken.Add(connection);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await connection.DisposeAsync();
                if (await EndOthersAsync(taken[0]) > 0) continue;
                return async () =>
                {
                    foreach (var each in taken) await each.DisposeAsync();
                };
            }
        }
    }

    // The number of connections of clients that were open.
    private static async Task<long> EndOthersAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity " +
            "WHERE backend_type = 'client backend' AND datname <> current_database()", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
