using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The users of the embedded spool. <see cref="SqliteStorage"/> owns it: reads run on its readers, changes on its writer.
/// </summary>
/// <param name="readers">The readers.</param>
/// <param name="write">Runs an action on the writer's thread.</param>
internal sealed class SqliteUsers(SqliteReaders readers, Func<Action<SqliteWriter>, Task> write) : IUserStorage
{
    /// <inheritdoc/>
    public ValueTask<UserRow?> FindAsync(string name, CancellationToken cancellationToken) => readers.RunAsync(
        session =>
        {
            var select = session.Prepare("SELECT name, data, change, changed_at FROM mail_user WHERE name = ?1 AND data IS NOT NULL")
                .Bind(1, name);
            return Read(select).FirstOrDefault();
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<UserRow>> ListAsync(string after, int limit, CancellationToken cancellationToken) => readers.RunAsync(
        IReadOnlyList<UserRow> (session) => Read(
            session.Prepare(
                    "SELECT name, data, change, changed_at FROM mail_user WHERE name > ?1 AND data IS NOT NULL ORDER BY name LIMIT ?2")
                .Bind(1, after)
                .Bind(2, limit)),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<UserChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken) => readers.RunAsync(
        session => SqliteQueries.InOneSnapshot(session, () =>
        {
            var state = session.Prepare("SELECT change, salt FROM mail_user_last");
            state.Step();
            var (last, salt) = (state.GetInt64(0), state.GetText(1));
            state.Reset();
            List<UserChange> users = [];
            if (last <= after) return new UserChanges(last, 0, users) { Salt = salt };
            var select = session.Prepare("SELECT name, change FROM mail_user WHERE change > ?1 ORDER BY change LIMIT ?2")
                .Bind(1, after)
                .Bind(2, limit);
            while (select.Step()) users.Add(new UserChange(select.GetText(0), select.GetInt64(1)));
            select.Reset();
            return new UserChanges(last, 0, users) { Salt = salt };
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
        writer => writer.Session.Prepare("DELETE FROM mail_user WHERE data IS NULL AND changed_at < ?1")
            .Bind(1, StoredTime.ToMicroseconds(deletedBefore)).Run()).WaitAsync(cancellationToken);

    private static long? WriteInTransaction(SqliteSession session, string name, string? data, long? expected, DateTimeOffset now)
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

    private static long? Write(SqliteSession session, string name, string? data, long? expected, DateTimeOffset now)
    {
        var select = session.Prepare("SELECT change FROM mail_user WHERE name = ?1 AND data IS NOT NULL").Bind(1, name);
        var found = select.Step() ? select.GetInt64(0) : 0;
        select.Reset();
        if (found != (expected ?? found) || (data is null && found == 0)) return null;
        session.Prepare("UPDATE mail_user_last SET change = change + 1").Run();
        var change = session.QueryNumber("SELECT change FROM mail_user_last");
        var upsert = session.Prepare(
                """
                INSERT INTO mail_user (name, data, change, changed_at) VALUES (?1, nullif(?2, ''), ?3, ?4)
                ON CONFLICT (name) DO UPDATE SET data = excluded.data, change = excluded.change, changed_at = excluded.changed_at
                """)
            .Bind(1, name)
            .Bind(2, data ?? "")
            .Bind(3, change)
            .Bind(4, StoredTime.ToMicroseconds(now));
        upsert.Run();
        return change;
    }

    private static List<UserRow> Read(SqliteStatement select)
    {
        List<UserRow> rows = [];
        while (select.Step())
        {
            rows.Add(new UserRow(
                select.GetText(0), select.GetText(1), select.GetInt64(2), StoredTime.FromMicroseconds(select.GetInt64(3))));
        }

        select.Reset();
        return rows;
    }
}
