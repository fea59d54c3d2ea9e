using Npgsql;
using Postfleet.Core;
using Postfleet.Storage.Postgres;
using Postfleet.Storage.Schema;

namespace Postfleet.Cluster.Membership;

/// <summary>The registry as a table of the database that holds the mail.</summary>
internal sealed class PostgresNodeRegistry : INodeRegistry, IAsyncDisposable
{
    // Founders one after the other, and no table made twice; "postnode" in ASCII.
    private const string Lock = "SELECT pg_advisory_xact_lock(8101819344077286501)";

    /// <summary>Makes its table.</summary>
    private const string Table =
        """
        CREATE TABLE IF NOT EXISTS cluster_node (
          address     text COLLATE "C" NOT NULL PRIMARY KEY,
          incarnation bigint NOT NULL,
          beat        bigint NOT NULL,
          seen_at     timestamptz NOT NULL
        )
        """;

    /// <summary>The steps of its table, which a node also makes for itself where its database user may.</summary>
    private static readonly SchemaPlan Schema = new("cluster", [new(1, "table cluster_node where missing", Table)]);

    /// <summary>
    /// Which database this is. It is a plan of its own: programs that know nothing of it start on the database as before. So an upgrade can
    /// go node by node.
    /// </summary>
    private static readonly SchemaPlan Identity = new("database",
    [
        new(1, "the id of the database, in table cluster_database",
            """
            CREATE TABLE IF NOT EXISTS cluster_database (id text NOT NULL PRIMARY KEY);
            INSERT INTO cluster_database (id)
            SELECT left(md5(concat(random(), clock_timestamp(), pg_postmaster_start_time(), pg_backend_pid(), current_database())), 16)
            WHERE NOT EXISTS (SELECT FROM cluster_database);
            """),
    ]);

    private const string Enter =
        """
        INSERT INTO cluster_node (address, incarnation, beat, seen_at) VALUES ($1, $2, 1, now())
        ON CONFLICT (address) DO UPDATE SET incarnation = $2, beat = cluster_node.beat + 1, seen_at = now()
        """;

    private readonly NpgsqlDataSource _source;
    private bool _hasTable;

    public PostgresNodeRegistry(string connectionString)
    {
        // Of its own, so that it answers while the mail waits for connections; short limits, since it asks again at once.
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MinPoolSize = 0,
            MaxPoolSize = 1,
            Timeout = 3,
            CommandTimeout = 3,
            ApplicationName = "postfleet cluster",
        };
        settings.Options = $"{PostgresPool.EndStalledTransactions} {settings.Options}".TrimEnd();
        _source = NpgsqlDataSource.Create(settings);
    }

    /// <summary>Makes its table, and the id of the database, where they are missing.</summary>
    /// <returns>The steps that were done, a line for each.</returns>
    /// <exception cref="StartFailureException">The database does not answer, or was made by a newer version.</exception>
    public Task<IReadOnlyList<string>> PrepareAsync(CancellationToken cancellationToken) => StartAsync<IReadOnlyList<string>>(
        "prepare the list of nodes",
        async connection =>
        [
            .. await SchemaMigration.RunAsync(connection, SchemaEngine.Postgres, Schema, cancellationToken),
            .. await SchemaMigration.RunAsync(connection, SchemaEngine.Postgres, Identity, cancellationToken),
        ],
        cancellationToken);

    /// <summary>Which database this is, once it is prepared; null where somebody has deleted its id.</summary>
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

    public Task<bool> TryFoundAsync(
        IReadOnlyList<NodeRow> expected, string address, long incarnation, CancellationToken cancellationToken) =>
        RunAsync(
            async transaction =>
            {
                await ExecuteAsync(transaction, Lock, cancellationToken);
                if (!expected.ToHashSet().SetEquals(await ReadAsync(transaction, cancellationToken))) return false;
                await ExecuteAsync(transaction, "DELETE FROM cluster_node", cancellationToken);
                await ExecuteAsync(transaction, Enter, cancellationToken, address, incarnation);
                return true;
            },
            cancellationToken);

    public Task EnterAsync(string address, long incarnation, CancellationToken cancellationToken) =>
        RunAsync(transaction => ExecuteAsync(transaction, Enter, cancellationToken, address, incarnation), cancellationToken);

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

    public Task<bool> TakeOutAsync(NodeRow seen, CancellationToken cancellationToken) =>
        RunAsync(
            async transaction =>
            {
                await ExecuteAsync(
                    transaction, "DELETE FROM cluster_node WHERE address = $1 AND incarnation = $2 AND beat = $3",
                    cancellationToken, seen.Address, seen.Incarnation, seen.Beat);
                var rows = await ReadAsync(transaction, cancellationToken);
                return !rows.Any(row => row.Address == seen.Address && row.Incarnation == seen.Incarnation);
            },
            cancellationToken);

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<T> StartAsync<T>(string what, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            return await work(connection);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            throw new StartFailureException($"cannot {what} in PostgreSQL at {PostgresPool.Describe(_source)}: {PostgresReason.Of(e)}", e);
        }
    }

    private async Task<T> RunAsync<T>(Func<NpgsqlTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (!_hasTable) await CreateTableAsync(transaction, cancellationToken);
            var result = await work(transaction);
            await transaction.CommitAsync(cancellationToken);
            _hasTable = true;
            return result;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
        {
            throw new RegistryException(e.Message, e);
        }
    }

    // Asked first, so that a node whose database user may not create tables can use the one that is there.
    private static async Task CreateTableAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await ExecuteAsync(transaction, Lock, cancellationToken);
        await using var find = new NpgsqlCommand("SELECT to_regclass('cluster_node') IS NOT NULL", transaction.Connection, transaction);
        if (await find.ExecuteScalarAsync(cancellationToken) is not true) await ExecuteAsync(transaction, Table, cancellationToken);
    }

    private static async Task<IReadOnlyList<NodeRow>> ReadAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        // Bounded: nodes with ever new addresses must not make every start read the list of all that ever were. Founding deletes them.
        await using var command = new NpgsqlCommand(
            "SELECT address, incarnation, beat, clock_timestamp() - seen_at FROM cluster_node ORDER BY seen_at DESC LIMIT 1000",
            transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<NodeRow>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new NodeRow(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)) { Age = reader.GetTimeSpan(3) });
        return rows;
    }

    private static async Task<int> ExecuteAsync(
        NpgsqlTransaction transaction, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
