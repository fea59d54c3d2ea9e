using Npgsql;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Storage.Postgres;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>A table of rows by name of the shared spool. <see cref="PostgresStorage"/> owns it.</summary>
/// <param name="readers">The readers.</param>
/// <param name="writers">Connections for changes.</param>
/// <param name="epoch">Increases when the storage has lost changes.</param>
/// <param name="table">The table (<see cref="NamedTable"/>).</param>
internal sealed class PostgresNamedRows(PostgresReaders readers, ConnectionGate writers, Func<long> epoch, string table) : INamedRowStorage
{
    // Locks the row until the end of the transaction: the next change of any row waits, so numbers have the order of the commits.
    private readonly string _nextChange = $"UPDATE {table}_last SET change = change + 1 RETURNING change";

    private readonly string _current = $"SELECT change FROM {table} WHERE name = $1 AND data IS NOT NULL";

    private readonly string _upsert =
        $"""
        INSERT INTO {table} (name, data, change, changed_at) VALUES ($1, nullif($2, ''), $3, $4)
        ON CONFLICT (name) DO UPDATE SET data = excluded.data, change = excluded.change, changed_at = excluded.changed_at
        """;

    private readonly string _find = $"SELECT name, data, change, changed_at FROM {table} WHERE name = $1 AND data IS NOT NULL";

    private readonly string _list =
        $"SELECT name, data, change, changed_at FROM {table} WHERE name > $1 AND data IS NOT NULL ORDER BY name LIMIT $2";

    private readonly string _last = $"SELECT change, salt FROM {table}_last";

    private readonly string _changes = $"SELECT name, change FROM {table} WHERE change > $1 ORDER BY change LIMIT $2";

    private readonly string _sweep = $"DELETE FROM {table} WHERE data IS NULL AND changed_at < $1";

    /// <inheritdoc/>
    public async ValueTask<NamedRow?> FindAsync(string name, CancellationToken cancellationToken) => (await readers.RunAsync(
        connection => ReadAsync(connection, _find, cancellationToken, Value(name)), cancellationToken)).FirstOrDefault();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<NamedRow>> ListAsync(string after, int limit, CancellationToken cancellationToken) =>
        await readers.RunAsync(
            connection => ReadAsync(connection, _list, cancellationToken, Value(after), Value(limit)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<NamedChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken)
    {
        // Before the read: changes that are lost during it are noticed by the next read.
        var before = epoch();
        return readers.RunAsync(
            async connection =>
            {
                var (last, salt) = await ReadLastAsync(connection, cancellationToken);
                List<NamedChange> rows = [];
                if (last <= after) return new NamedChanges(last, before, rows) { Salt = salt };
                await using var changes = Command(connection, _changes, Value(after), Value(limit));
                await using var reader = await changes.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken)) rows.Add(new NamedChange(reader.GetString(0), reader.GetInt64(1)));
                return new NamedChanges(last, before, rows) { Salt = salt };
            },
            cancellationToken);
    }

    private async Task<(long Change, string Salt)> ReadLastAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, _last);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetInt64(0), reader.GetString(1)) : (0, "");
    }

    /// <inheritdoc/>
    public async ValueTask<long?> WriteAsync(
        string name, string? data, long? expected, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await writers.OpenAsync(cancellationToken);
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var change = (long)(await AskAsync(_nextChange))!;
            var found = (long)(await AskAsync(_current, Value(name)) ?? 0L);
            // The transaction is rolled back.
            if (found != (expected ?? found) || (data is null && found == 0)) return null;
            await AskAsync(_upsert, Value(name), Value(data ?? ""), Value(change), Value(now.UtcDateTime));
            await ReplicatedCommit.RunAsync(connection, () => transaction.CommitAsync(CancellationToken.None));
            return change;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            // The server has become a standby since the connection was opened. New connections go to the new primary.
            writers.Note(e);
            throw;
        }

        async Task<object?> AskAsync(string sql, params NpgsqlParameter[] parameters)
        {
            await using var command = Command(connection, sql, parameters);
            return await command.ExecuteScalarAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SweepAsync(DateTimeOffset deletedBefore, CancellationToken cancellationToken)
    {
        await using var connection = await writers.OpenAsync(cancellationToken);
        await using var command = Command(connection, _sweep, Value(deletedBefore.UtcDateTime));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<NamedRow>> ReadAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<NamedRow> rows = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new NamedRow(
                reader.GetString(0), reader.GetString(1), reader.GetInt64(2), new DateTimeOffset(reader.GetDateTime(3))));
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
