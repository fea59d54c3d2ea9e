using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The counts for reports in the embedded spool. <see cref="SqliteStorage"/> owns it: reads run on its readers, changes on its writer.
/// </summary>
/// <param name="readers">The readers.</param>
/// <param name="write">Runs an action on the writer's thread.</param>
internal sealed class SqliteReportCounts(SqliteReaders readers, Func<Action<SqliteWriter>, Task> write) : IReportCountStorage
{
    /// <summary>Days are counted from the year 1.</summary>
    public const string Table =
        """
        CREATE TABLE report_count (
          kind    INTEGER NOT NULL,
          day     INTEGER NOT NULL,
          subject TEXT NOT NULL,
          hash    BLOB NOT NULL,
          data    BLOB NOT NULL,
          count   INTEGER NOT NULL,
          PRIMARY KEY (kind, day, subject, hash)
        ) WITHOUT ROWID;
        """;

    /// <inheritdoc/>
    public Task AddAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken) => write(
        writer => SqliteTransaction.Run(writer.Session, session =>
        {
            foreach (var row in rows) Add(session, kind, row);
            return rows.Count;
        })).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReportCountKey>> ListAsync(
        ReportCountKind kind, DateOnly before, ReportCountKey? after, int limit, CancellationToken cancellationToken) => readers.RunAsync(
        IReadOnlyList<ReportCountKey> (session) =>
        {
            var select = session.Prepare(
                    """
                    SELECT DISTINCT day, subject FROM report_count WHERE kind = ?1 AND day < ?2 AND (day, subject) > (?3, ?4)
                    ORDER BY day, subject LIMIT ?5
                    """)
                .Bind(1, (int)kind)
                .Bind(2, before.DayNumber)
                .Bind(3, after?.Day.DayNumber ?? -1)
                .Bind(4, after?.Subject ?? "")
                .Bind(5, limit);
            List<ReportCountKey> keys = [];
            while (select.Step()) keys.Add(new ReportCountKey(DateOnly.FromDayNumber((int)select.GetInt64(0)), select.GetText(1)));
            select.Reset();
            return keys;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReportCount>> ReadAsync(
        ReportCountKind kind, ReportCountKey key, int limit, CancellationToken cancellationToken) => readers.RunAsync(
        IReadOnlyList<ReportCount> (session) =>
        {
            var select = session.Prepare(
                    """
                    SELECT hash, data, count FROM report_count WHERE kind = ?1 AND day = ?2 AND subject = ?3
                    ORDER BY count DESC, hash LIMIT ?4
                    """)
                .Bind(1, (int)kind)
                .Bind(2, key.Day.DayNumber)
                .Bind(3, key.Subject)
                .Bind(4, limit);
            List<ReportCount> rows = [];
            while (select.Step())
                rows.Add(new ReportCount(key, select.GetBlob(0).ToArray(), select.GetBlob(1).ToArray(), select.GetInt64(2)));
            select.Reset();
            return rows;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken) => write(
        writer => SqliteTransaction.Run(writer.Session, session =>
        {
            foreach (var row in rows) Delete(session, kind, row);
            return rows.Count;
        })).WaitAsync(cancellationToken);

    // A row that was counted since it was read keeps what was added.
    private static void Delete(SqliteSession session, ReportCountKind kind, ReportCount row)
    {
        Run(
            """
            UPDATE report_count SET count = count - ?5
            WHERE kind = ?1 AND day = ?2 AND subject = ?3 AND hash = ?4 AND count > ?5
            """);
        // After an update, what was added is left.
        if (session.QueryNumber("SELECT changes()") == 0)
            Run("DELETE FROM report_count WHERE kind = ?1 AND day = ?2 AND subject = ?3 AND hash = ?4 AND count <= ?5");

        void Run(string sql) => session.Prepare(sql)
            .Bind(1, (int)kind)
            .Bind(2, row.Key.Day.DayNumber)
            .Bind(3, row.Key.Subject)
            .Bind(4, row.Hash.Span)
            .Bind(5, row.Count)
            .Run();
    }

    private static void Add(SqliteSession session, ReportCountKind kind, ReportCount row) => session.Prepare(
            """
            INSERT INTO report_count (kind, day, subject, hash, data, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (kind, day, subject, hash) DO UPDATE SET count = count + excluded.count
            """)
        .Bind(1, (int)kind)
        .Bind(2, row.Key.Day.DayNumber)
        .Bind(3, row.Key.Subject)
        .Bind(4, row.Hash.Span)
        .Bind(5, row.Data.Span)
        .Bind(6, row.Count)
        .Run();
}
