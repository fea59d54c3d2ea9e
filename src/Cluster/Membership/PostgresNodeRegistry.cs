using Npgsql;
using Postfleet.Core;
using Postfleet.Storage.Postgres;
using Postfleet.Storage.Schema;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// The registry as a table of the mail database. It owns a connection. <see cref="ClusterNode"/> prepares it before any other call;
/// <see cref="ClusterJoin"/> and <see cref="DowningGuard"/> call it from any thread.
/// </summary>
internal sealed class PostgresNodeRegistry : INodeRegistry, IAsyncDisposable
{
    // Founders and entering nodes wait for each other; "postnode" in ASCII.
    private const string Lock = "SELECT pg_advisory_xact_lock(8101819344077286501)";

    // $7 and $8 are the incarnation and the beat of the row that is replaced.
    private const string Enter =
        """
        INSERT INTO cluster_node (address, incarnation, beat, seen_at, instance, host, roles, version, described)
        VALUES ($1, $2, 1, now(), $3, $4, $5, $6, $2)
        ON CONFLICT (address) DO UPDATE SET incarnation = excluded.incarnation, beat = cluster_node.beat + 1, seen_at = now(),
          instance = excluded.instance, host = excluded.host, roles = excluded.roles, version = excluded.version,
          described = excluded.described
        WHERE (cluster_node.incarnation = $7 AND cluster_node.beat = $8)
          OR (cluster_node.instance = excluded.instance AND cluster_node.described = cluster_node.incarnation)
        """;

    // Bounded, because nodes with changing addresses leave rows until these are removed as silent.
    private const string Read =
        """
        SELECT address, incarnation, beat, clock_timestamp() - seen_at,
          described IS NOT DISTINCT FROM incarnation AND instance IS NOT NULL, instance, host, roles, version
        FROM cluster_node ORDER BY seen_at DESC LIMIT 1000
        """;

    private readonly PostgresPool _pool;

    public PostgresNodeRegistry(string connectionString, Func<string>? password = null, ServerGuard? guard = null)
    {
        // A connection of its own, which mail does not compete for. The limits are short, because each query is repeated soon.
        _pool = PostgresPool.Create(
            connectionString, 1, "postfleet cluster", password: password, guard: guard, adjust: settings =>
            {
                (settings.MinPoolSize, settings.MaxPoolSize) = (0, 1);
                (settings.Timeout, settings.CommandTimeout) = (3, 3);
                settings.ApplicationName = "postfleet cluster";
            });
    }

    /// <summary>Runs the missing steps of the registry's schema, which also create the id of the database.</summary>
    /// <returns>A line for each completed step.</returns>
    /// <exception cref="StartFailureException">The database does not answer, or a newer version of the program has migrated it.</exception>
    public Task<IReadOnlyList<string>> PrepareAsync(CancellationToken cancellationToken) => StartAsync<IReadOnlyList<string>>(
        "prepare the list of nodes",
        async connection =>
        [
            .. await SchemaMigration.RunAsync(connection, SchemaEngine.Postgres, RegistrySchema.Nodes, cancellationToken),
            .. await SchemaMigration.RunAsync(connection, SchemaEngine.Postgres, RegistrySchema.Database, cancellationToken),
            .. await SchemaMigration.RunAsync(connection, SchemaEngine.Postgres, RegistrySchema.Process, cancellationToken),
        ],
        cancellationToken);

    /// <summary>Reads the id of a prepared database; null if its row has been deleted.</summary>
    /// <exception cref="StartFailureException">The database does not answer.</exception>
    public Task<string?> ReadDatabaseIdAsync(CancellationToken cancellationToken) => StartAsync(
        "read the id of the database",
        async connection =>
        {
            await using var command = new NpgsqlCommand("SELECT id FROM cluster_database LIMIT 1", connection);
            return await command.ExecuteScalarAsync(cancellationToken) as string;
        },
        cancellationToken);

    public Task<IReadOnlyList<NodeRow>> ReadAsync(CancellationToken cancellationToken) =>
        RunAsync(transaction => ReadAsync(transaction, cancellationToken), cancellationToken);

    public Task<bool> TryFoundAsync(IReadOnlyList<NodeRow> expected, NodeEntry node, CancellationToken cancellationToken) =>
        RunAsync(
            async transaction =>
            {
                await ExecuteAsync(transaction, Lock, cancellationToken);
                if (!expected.ToHashSet().SetEquals(await ReadAsync(transaction, cancellationToken))) return false;
                await ExecuteAsync(transaction, "DELETE FROM cluster_node", cancellationToken);
                return await EnterAsync(transaction, node, null, cancellationToken);
            },
            cancellationToken);

    public Task<bool> TryEnterAsync(
        NodeEntry node, NodeRow? former, IReadOnlySet<(string Address, long Incarnation)> members, CancellationToken cancellationToken) =>
        RunAsync(
            async transaction =>
            {
                await ExecuteAsync(transaction, Lock, cancellationToken);
                var rows = await ReadAsync(transaction, cancellationToken);
                return rows.Any(row => members.Contains((row.Address, row.Incarnation)))
                    && await EnterAsync(transaction, node, former, cancellationToken);
            },
            cancellationToken);

    public Task<bool> BeatAsync(string address, long incarnation, CancellationToken cancellationToken) =>
        RunAsync(
            async transaction => await ExecuteAsync(
                transaction, "UPDATE cluster_node SET beat = beat + 1, seen_at = now() WHERE address = $1 AND incarnation = $2",
                cancellationToken, address, incarnation) == 1,
            cancellationToken);

    public Task LeaveAsync(string address, long incarnation, CancellationToken cancellationToken) =>
        RunAsync(
            transaction => ExecuteAsync(
                transaction, "DELETE FROM cluster_node WHERE address = $1 AND incarnation = $2", cancellationToken, address, incarnation),
            cancellationToken);

    public Task<bool> RemoveAsync(NodeRow row, CancellationToken cancellationToken) =>
        RunAsync(
            async transaction =>
            {
                await ExecuteAsync(
                    transaction, "DELETE FROM cluster_node WHERE address = $1 AND incarnation = $2 AND beat = $3",
                    cancellationToken, row.Address, row.Incarnation, row.Beat);
                var rows = await ReadAsync(transaction, cancellationToken);
                return !rows.Any(other => other.Address == row.Address && other.Incarnation == row.Incarnation);
            },
            cancellationToken);

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private async Task<T> StartAsync<T>(string action, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _pool.OpenAsync(cancellationToken);
            return await work(connection);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            throw new StartFailureException(
                $"cannot {action} in PostgreSQL at {_pool.Description}: {PostgresReason.Of(e)}", e);
        }
    }

    private async Task<T> RunAsync<T>(Func<NpgsqlTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _pool.OpenAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var result = await work(transaction);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            _pool.Note(e);
            throw new RegistryException(e.Message, e);
        }
    }

    private static async Task<IReadOnlyList<NodeRow>> ReadAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Read, transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<NodeRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new NodeRow(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2))
            {
                Age = reader.GetTimeSpan(3),
                Process = reader.GetBoolean(4)
                    ? new NodeProcess(reader.GetString(5), reader.GetString(6), reader.GetString(7), reader.GetString(8)) : null,
            });
        }

        return rows;
    }

    private static async Task<bool> EnterAsync(
        NpgsqlTransaction transaction, NodeEntry node, NodeRow? former, CancellationToken cancellationToken)
    {
        var process = node.Process;
        // No row has a beat of 0.
        return await ExecuteAsync(
            transaction, Enter, cancellationToken, node.Address, node.Incarnation, process.Instance, process.Host, process.Roles,
            process.Version, former?.Incarnation ?? 0, former?.Beat ?? 0) == 1;
    }

    private static async Task<int> ExecuteAsync(
        NpgsqlTransaction transaction, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
