using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Suppression;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Postgres;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>The suppression list of the shared spool. <see cref="PostgresStorage"/> owns it.</summary>
/// <param name="readers">The readers.</param>
/// <param name="writers">Connections for changes.</param>
/// <param name="epoch">Increases when the storage has lost changes.</param>
internal sealed class PostgresSuppressions(PostgresReaders readers, ConnectionGate writers, Func<long> epoch) : ISuppressionStorage
{
    /// <summary>
    /// As on SQLite. A change locks the row of <c>suppression_last</c>, so that the numbers have the order of the commits.
    /// </summary>
    public const string Table =
        """
        CREATE TABLE suppression (
          target     text COLLATE "C" NOT NULL,
          scope      text COLLATE "C" NOT NULL,
          reason     text NOT NULL,
          source     text NOT NULL,
          created_at bigint NOT NULL,
          expires_at bigint NOT NULL,
          hits       integer NOT NULL,
          origin     text NOT NULL,
          change     bigint NOT NULL,
          PRIMARY KEY (target, scope)
        );
        CREATE INDEX suppression_change ON suppression (change) WHERE change > 0;
        CREATE INDEX suppression_expiry ON suppression (expires_at) WHERE expires_at > 0;
        CREATE TABLE suppression_last (
          id     integer NOT NULL PRIMARY KEY CHECK (id = 1),
          change bigint NOT NULL
        );
        INSERT INTO suppression_last (id, change) VALUES (1, 0);
        """;

    private const string Columns = "target, scope, reason, source, created_at, expires_at, hits, origin, change";

    private const string Find =
        """
        SELECT s.target, s.scope, s.reason, s.source, s.created_at, s.expires_at, s.hits, s.origin, s.change
        FROM unnest($1::text[], $2::text[]) AS k (target, scope)
        JOIN suppression s ON s.target = k.target COLLATE "C" AND s.scope = k.scope COLLATE "C"
        """;

    private const string List = $"SELECT {Columns} FROM suppression WHERE (target, scope) > ($1, $2) ORDER BY target, scope LIMIT $3";

    private const string Last = "SELECT change FROM suppression_last";

    private const string Changes =
        "SELECT target, scope, change FROM suppression WHERE change > 0 AND change > $1 ORDER BY change LIMIT $2";

    private const string Delete =
        """
        DELETE FROM suppression s USING unnest($1::text[], $2::text[]) AS k (target, scope)
        WHERE s.target = k.target COLLATE "C" AND s.scope = k.scope COLLATE "C"
        """;

    private const string Upsert =
        $"""
        INSERT INTO suppression ({Columns})
        SELECT * FROM unnest(
          $1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::integer[], $8::text[], $9::bigint[])
        ON CONFLICT (target, scope) DO UPDATE SET reason = excluded.reason, source = excluded.source, created_at = excluded.created_at,
          expires_at = excluded.expires_at, hits = excluded.hits, origin = excluded.origin, change = excluded.change
        """;

    // A row that another node deletes at the same time is passed over.
    private const string Sweep =
        """
        DELETE FROM suppression WHERE (target, scope) IN (
          SELECT target, scope FROM suppression WHERE expires_at > 0 AND expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
        """;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SuppressionRow>> FindAsync(
        IReadOnlyList<SuppressionKey> keys, CancellationToken cancellationToken) => await readers.RunAsync(
        connection => ReadAsync(connection, Find, cancellationToken, Targets(keys), Scopes(keys)), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SuppressionRow>> ListAsync(
        SuppressionKey after, int limit, CancellationToken cancellationToken) => await readers.RunAsync(
        connection => ReadAsync(connection, List, cancellationToken, Value(after.Target), Value(after.Scope), Value(limit)),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SuppressionChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken)
    {
        // Before the read: changes that are lost during it are noticed by the next read.
        var before = epoch();
        return readers.RunAsync(
            async connection =>
            {
                var last = (long)(await AskAsync(connection, Last, cancellationToken))!;
                List<SuppressionChange> entries = [];
                if (last <= after) return new SuppressionChanges(last, before, entries);
                await using var command = Command(connection, Changes, Value(after), Value(limit));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                    entries.Add(new SuppressionChange(new SuppressionKey(reader.GetString(0), reader.GetString(1)), reader.GetInt64(2)));
                return new SuppressionChanges(last, before, entries);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SuppressionEffect>> WriteAsync(
        IReadOnlyList<SuppressionWrite> writes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await writers.OpenAsync(cancellationToken);
        return await writers.NotedAsync(async () =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            // Locks the row until the end of the transaction: the next change of any entry waits.
            var last = (long)(await AskAsync(connection, $"{Last} FOR UPDATE", cancellationToken))!;
            SuppressionKey[] keys = [.. writes.Select(each => each.Key).Distinct()];
            var rows = await ReadAsync(connection, Find, cancellationToken, Targets(keys), Scopes(keys));
            var batch = new SuppressionBatch(rows, last, now);
            SuppressionEffect[] effects = [.. writes.Select(batch.Apply)];
            SuppressionKey[] deleted = [.. batch.Deleted];
            if (deleted.Length > 0) await AskAsync(connection, Delete, cancellationToken, Targets(deleted), Scopes(deleted));
            SuppressionRow[] written = [.. batch.Written];
            if (written.Length > 0) await UpsertAsync(connection, written, cancellationToken);
            if (batch.LastChange != last)
                await AskAsync(connection, "UPDATE suppression_last SET change = $1", cancellationToken, Value(batch.LastChange));
            await ReplicatedCommit.RunAsync(connection, () => transaction.CommitAsync(CancellationToken.None));
            return effects;
        });
    }

    /// <inheritdoc/>
    public async ValueTask<int> SweepAsync(DateTimeOffset expiredBefore, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await writers.OpenAsync(cancellationToken);
        await using var command = Command(connection, Sweep, Value(StoredTime.ToMicroseconds(expiredBefore)), Value(limit));
        return await writers.NotedAsync(() => command.ExecuteNonQueryAsync(cancellationToken));
    }

    private static async Task UpsertAsync(NpgsqlConnection connection, SuppressionRow[] rows, CancellationToken cancellationToken) =>
        await AskAsync(
            connection,
            Upsert,
            cancellationToken,
            Targets([.. rows.Select(row => row.Key)]),
            Scopes([.. rows.Select(row => row.Key)]),
            Column<string>(NpgsqlDbType.Text, [.. rows.Select(row => row.Reason)]),
            Column<string>(NpgsqlDbType.Text, [.. rows.Select(row => row.Source)]),
            Column<long>(NpgsqlDbType.Bigint, [.. rows.Select(row => StoredTime.ToMicroseconds(row.CreatedAt))]),
            Column<long>(
                NpgsqlDbType.Bigint, [.. rows.Select(row => row.ExpiresAt is { } expires ? StoredTime.ToMicroseconds(expires) : 0)]),
            Column<int>(NpgsqlDbType.Integer, [.. rows.Select(row => row.Hits)]),
            Column<string>(NpgsqlDbType.Text, [.. rows.Select(row => row.Origin)]),
            Column<long>(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Change)]));

    private static NpgsqlParameter<string[]> Targets(IReadOnlyList<SuppressionKey> keys) =>
        Column<string>(NpgsqlDbType.Text, [.. keys.Select(key => key.Target)]);

    private static NpgsqlParameter<string[]> Scopes(IReadOnlyList<SuppressionKey> keys) =>
        Column<string>(NpgsqlDbType.Text, [.. keys.Select(key => key.Scope)]);

    private static async Task<object?> AskAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private static async Task<List<SuppressionRow>> ReadAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<SuppressionRow> rows = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new SuppressionRow(
                new SuppressionKey(reader.GetString(0), reader.GetString(1)), reader.GetString(2), reader.GetString(3),
                StoredTime.FromMicroseconds(reader.GetInt64(4)),
                reader.GetInt64(5) is var expires && expires > 0 ? StoredTime.FromMicroseconds(expires) : null)
            {
                Hits = reader.GetInt32(6),
                Origin = reader.GetString(7),
                Change = reader.GetInt64(8),
            });
        }

        return rows;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }
}
