using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// A table of rows by name of the embedded spool. <see cref="SqliteStorage"/> owns it: reads run on its readers, changes on its writer.
/// </summary>
/// <param name="readers">The readers.</param>
/// <param name="write">Runs an action on the writer's thread.</param>
/// <param name="table">The table (<see cref="NamedTable"/>).</param>
internal sealed class SqliteNamedRows(SqliteReaders readers, Func<Action<SqliteWriter>, Task> write, string table) : INamedRowStorage
{
    /// <inheritdoc/>
    public ValueTask<NamedRow?> FindAsync(string name, CancellationToken cancellationToken) => readers.RunAsync(
        session =>
        {
            var select = session.Prepare($"SELECT name, data, change, changed_at FROM {table} WHERE name = ?1 AND data IS NOT NULL")
                .Bind(1, name);
            return Read(select).FirstOrDefault();
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NamedRow>> ListAsync(string after, int limit, CancellationToken cancellationToken) => readers.RunAsync(
        IReadOnlyList<NamedRow> (session) => Read(
            session.Prepare(
                    $"SELECT name, data, change, changed_at FROM {table} WHERE name > ?1 AND data IS NOT NULL ORDER BY name LIMIT ?2")
                .Bind(1, after)
                .Bind(2, limit)),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<NamedChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken) => readers.RunAsync(
        session => SqliteQueries.InOneSnapshot(session, () =>
        {
            var state = session.Prepare($"SELECT change, salt FROM {table}_last");
            state.Step();
            var (last, salt) = (state.GetInt64(0), state.GetText(1));
            state.Reset();
            List<NamedChange> rows = [];
            if (last <= after) return new NamedChanges(last, 0, rows) { Salt = salt };
            var select = session.Prepare($"SELECT name, change FROM {table} WHERE change > ?1 ORDER BY change LIMIT ?2")
                .Bind(1, after)
                .Bind(2, limit);
            while (select.Step()) rows.Add(new NamedChange(select.GetText(0), select.GetInt64(1)));
            select.Reset();
            return new NamedChanges(last, 0, rows) { Salt = salt };
        }),
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<long?> WriteAsync(
        string name, string? data, long? expected, DateTimeOffset now, CancellationToken cancellationToken)
    {
        long? change = null;
        await write(writer => change = WriteInTransaction(writer.Session, name, data, expected, now)).WaitAsync(cancellationToken);
        return change;
    }

    /// <inheritdoc/>
    public async ValueTask SweepAsync(DateTimeOffset deletedBefore, CancellationToken cancellationToken) => await write(
        writer => writer.Session.Prepare($"DELETE FROM {table} WHERE data IS NULL AND changed_at < ?1")
            .Bind(1, StoredTime.ToMicroseconds(deletedBefore)).Run()).WaitAsync(cancellationToken);

    private long? WriteInTransaction(SqliteSession session, string name, string? data, long? expected, DateTimeOffset now)
    {
        session.Prepare("BEGIN IMMEDIATE").Run();
        try
        {
            var change = Write(session, name, data, expected, now);
            session.Prepare("COMMIT").Run();
            return change;
        }
        catch
        {
            if (session.IsInTransaction) session.Execute("ROLLBACK");
            throw;
        }
    }

    private long? Write(SqliteSession session, string name, string? data, long? expected, DateTimeOffset now)
    {
        var select = session.Prepare($"SELECT change FROM {table} WHERE name = ?1 AND data IS NOT NULL").Bind(1, name);
        var found = select.Step() ? select.GetInt64(0) : 0;
        select.Reset();
        if (found != (expected ?? found) || (data is null && found == 0)) return null;
        session.Prepare($"UPDATE {table}_last SET change = change + 1").Run();
        var change = session.QueryNumber($"SELECT change FROM {table}_last");
        var upsert = session.Prepare(
                $"""
                INSERT INTO {table} (name, data, change, changed_at) VALUES (?1, nullif(?2, ''), ?3, ?4)
                ON CONFLICT (name) DO UPDATE SET data = excluded.data, change = excluded.change, changed_at = excluded.changed_at
                """)
            .Bind(1, name)
            .Bind(2, data ?? "")
            .Bind(3, change)
            .Bind(4, StoredTime.ToMicroseconds(now));
        upsert.Run();
        return change;
    }

    private static List<NamedRow> Read(SqliteStatement select)
    {
        List<NamedRow> rows = [];
        while (select.Step())
        {
            rows.Add(new NamedRow(
                select.GetText(0), select.GetText(1), select.GetInt64(2), StoredTime.FromMicroseconds(select.GetInt64(3))));
        }

        select.Reset();
        return rows;
    }
}
