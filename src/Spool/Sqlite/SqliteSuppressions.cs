using Postfleet.Core.Suppression;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The suppression list of the embedded spool. <see cref="SqliteStorage"/> owns it: reads run on its readers, changes on its writer.
/// </summary>
/// <param name="readers">The readers.</param>
/// <param name="write">Runs an action on the writer's thread.</param>
internal sealed class SqliteSuppressions(SqliteReaders readers, Func<Action<SqliteWriter>, Task> write) : ISuppressionStorage
{
    /// <summary>
    /// Entries and counted failures (<see cref="ISuppressionStore"/>), and the number of the last new entry. Times are in microseconds
    /// since 1970; 0 in <c>expires_at</c> is never, and 0 in <c>change</c> a row of counted failures.
    /// </summary>
    public const string Table =
        """
        CREATE TABLE suppression (
          target     TEXT NOT NULL,
          scope      TEXT NOT NULL,
          reason     TEXT NOT NULL,
          source     TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          expires_at INTEGER NOT NULL,
          hits       INTEGER NOT NULL,
          origin     TEXT NOT NULL,
          change     INTEGER NOT NULL,
          PRIMARY KEY (target, scope)
        ) WITHOUT ROWID;
        CREATE INDEX suppression_change ON suppression (change) WHERE change > 0;
        CREATE INDEX suppression_expiry ON suppression (expires_at) WHERE expires_at > 0;
        CREATE TABLE suppression_last (
          id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
          change INTEGER NOT NULL
        );
        INSERT INTO suppression_last (id, change) VALUES (1, 0);
        """;

    private const string Columns = "target, scope, reason, source, created_at, expires_at, hits, origin, change";

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SuppressionRow>> FindAsync(IReadOnlyList<SuppressionKey> keys, CancellationToken cancellationToken) =>
        readers.RunAsync(IReadOnlyList<SuppressionRow> (session) => Find(session, keys), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SuppressionRow>> ListAsync(SuppressionKey after, int limit, CancellationToken cancellationToken) =>
        readers.RunAsync(
            IReadOnlyList<SuppressionRow> (session) =>
            {
                List<SuppressionRow> rows = [];
                Read(
                    session.Prepare(
                            $"SELECT {Columns} FROM suppression WHERE (target, scope) > (?1, ?2) ORDER BY target, scope LIMIT ?3")
                        .Bind(1, after.Target).Bind(2, after.Scope).Bind(3, limit),
                    rows);
                return rows;
            },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SuppressionChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken) => readers.RunAsync(
        session => SqliteQueries.InOneSnapshot(session, () =>
        {
            var last = session.QueryNumber("SELECT change FROM suppression_last");
            List<SuppressionChange> entries = [];
            if (last <= after) return new SuppressionChanges(last, 0, entries);
            var select = session
                .Prepare("SELECT target, scope, change FROM suppression WHERE change > 0 AND change > ?1 ORDER BY change LIMIT ?2")
                .Bind(1, after).Bind(2, limit);
            while (select.Step())
                entries.Add(new SuppressionChange(new SuppressionKey(select.GetText(0), select.GetText(1)), select.GetInt64(2)));
            select.Reset();
            return new SuppressionChanges(last, 0, entries);
        }),
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SuppressionEffect>> WriteAsync(
        IReadOnlyList<SuppressionWrite> writes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        IReadOnlyList<SuppressionEffect> effects = [];
        await write(writer => effects = SqliteTransaction.Run(writer.Session, session => Write(session, writes, now)))
            .WaitAsync(cancellationToken);
        return effects;
    }

    /// <inheritdoc/>
    public async ValueTask<int> SweepAsync(DateTimeOffset expiredBefore, int limit, CancellationToken cancellationToken)
    {
        var rows = 0;
        await write(writer => rows = SqliteTransaction.Run(writer.Session, session =>
        {
            session.Prepare(
                    """
                    DELETE FROM suppression WHERE (target, scope) IN
                      (SELECT target, scope FROM suppression WHERE expires_at > 0 AND expires_at < ?1 LIMIT ?2)
                    """)
                .Bind(1, StoredTime.ToMicroseconds(expiredBefore)).Bind(2, limit).Run();
            return (int)session.QueryNumber("SELECT changes()");
        })).WaitAsync(cancellationToken);
        return rows;
    }

    private static SuppressionEffect[] Write(SqliteSession session, IReadOnlyList<SuppressionWrite> writes, DateTimeOffset now)
    {
        var last = session.QueryNumber("SELECT change FROM suppression_last");
        var batch = new SuppressionBatch(Find(session, [.. writes.Select(each => each.Key).Distinct()]), last, now);
        SuppressionEffect[] effects = [.. writes.Select(batch.Apply)];
        foreach (var key in batch.Deleted)
            session.Prepare("DELETE FROM suppression WHERE target = ?1 AND scope = ?2").Bind(1, key.Target).Bind(2, key.Scope).Run();
        foreach (var row in batch.Written) Upsert(session, row);
        if (batch.LastChange != last)
            session.Prepare("UPDATE suppression_last SET change = ?1").Bind(1, batch.LastChange).Run();
        return effects;
    }

    private static void Upsert(SqliteSession session, SuppressionRow row) => session.Prepare(
            $"INSERT OR REPLACE INTO suppression ({Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
        .Bind(1, row.Key.Target)
        .Bind(2, row.Key.Scope)
        .Bind(3, row.Reason)
        .Bind(4, row.Source)
        .Bind(5, StoredTime.ToMicroseconds(row.CreatedAt))
        .Bind(6, row.ExpiresAt is { } expires ? StoredTime.ToMicroseconds(expires) : 0)
        .Bind(7, row.Hits)
        .Bind(8, row.Origin)
        .Bind(9, row.Change)
        .Run();

    private static List<SuppressionRow> Find(SqliteSession session, IReadOnlyList<SuppressionKey> keys)
    {
        List<SuppressionRow> rows = [];
        foreach (var key in keys)
        {
            Read(
                session.Prepare($"SELECT {Columns} FROM suppression WHERE target = ?1 AND scope = ?2").Bind(1, key.Target)
                    .Bind(2, key.Scope),
                rows);
        }

        return rows;
    }

    private static void Read(SqliteStatement select, List<SuppressionRow> rows)
    {
        while (select.Step())
        {
            rows.Add(new SuppressionRow(
                new SuppressionKey(select.GetText(0), select.GetText(1)), select.GetText(2), select.GetText(3),
                StoredTime.FromMicroseconds(select.GetInt64(4)),
                select.GetInt64(5) is var expires && expires > 0 ? StoredTime.FromMicroseconds(expires) : null)
            {
                Hits = (int)select.GetInt64(6),
                Origin = select.GetText(7),
                Change = select.GetInt64(8),
            });
        }

        select.Reset();
    }
}
