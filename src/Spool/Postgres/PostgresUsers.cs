using Npgsql;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Storage.Postgres;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>The users of the shared spool. <see cref="PostgresStorage"/> owns it.</summary>
/// <param name="readers">The readers.</param>
/// <param name="writers">Connections for changes.</param>
/// <param name="epoch">Increases when the storage has lost changes.</param>
internal sealed class PostgresUsers(PostgresReaders readers, ConnectionGate writers, Func<long> epoch) : IUserStorage
{
    // Locks the row until the end of the transaction: the next change of any user waits, so numbers have the order of the commits.
    private const string NextChange = "UPDATE mail_user_last SET change = change + 1 RETURNING change";

    private const string Current = "SELECT change FROM mail_user WHERE name = $1 AND data IS NOT NULL";

    private const string Upsert =
        """
        INSERT INTO mail_user (name, data, change, changed_at) VALUES ($1, nullif($2, ''), $3, $4)
        ON CONFLICT (name) DO UPDATE SET data = excluded.data, change = excluded.change, changed_at = excluded.changed_at
        """;

    private const string Find = "SELECT name, data, change, changed_at FROM mail_user WHERE name = $1 AND data IS NOT NULL";

    private const string List =
        "SELECT name, data, change, changed_at FROM mail_user WHERE name > $1 AND data IS NOT NULL ORDER BY name LIMIT $2";

    private const string Last = "SELECT change, salt FROM mail_user_last";

    private const string Changes = "SELECT name, change FROM mail_user WHERE change > $1 ORDER BY change LIMIT $2";

    private const string Sweep = "DELETE FROM mail_user WHERE data IS NULL AND changed_at < $1";

    /// <inheritdoc/>
    public async ValueTask<UserRow?> FindAsync(string name, CancellationToken cancellationToken) => (await readers.RunAsync(
        connection => ReadAsync(connection, Find, cancellationToken, Value(name)), cancellationToken)).FirstOrDefault();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<UserRow>> ListAsync(string after, int limit, CancellationToken cancellationToken) =>
        await readers.RunAsync(
            connection => ReadAsync(connection, List, cancellationToken, Value(after), Value(limit)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<UserChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken)
    {
        // Before the read: changes that are lost during it are noticed by the next read.
        var before = epoch();
        return readers.RunAsync(
            async connection =>
            {
                var (last, salt) = await ReadLastAsync(connection, cancellationToken);
                List<UserChange> users = [];
                if (last <= after) return new UserChanges(last, before, users) { Salt = salt };
                await using var changes = Command(connection, Changes, Value(after), Value(limit));
                await using var reader = await changes.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken)) users.Add(new UserChange(reader.GetString(0), reader.GetInt64(1)));
                return new UserChanges(last, before, users) { Salt = salt };
            },
            cancellationToken);
    }

    private static async Task<(long Change, string Salt)> ReadLastAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, Last);
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
            var change = (long)(await AskAsync(NextChange))!;
            var found = (long)(await AskAsync(Current, Value(name)) ?? 0L);
            // The transaction is rolled back.
            if (found != (expected ?? found) || (data is null && found == 0)) return null;
            await AskAsync(Upsert, Value(name), Value(data ?? ""), Value(change), Value(now.UtcDateTime));
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
        await using var command = Command(connection, Sweep, Value(deletedBefore.UtcDateTime));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<UserRow>> ReadAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<UserRow> rows = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new UserRow(
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
