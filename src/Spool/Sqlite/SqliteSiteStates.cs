using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// What destinations have learned, in the embedded spool. <see cref="SqliteStorage"/> owns it: reads run on its readers, changes on its
/// writer.
/// </summary>
/// <param name="readers">The readers.</param>
/// <param name="write">Runs an action on the writer's thread.</param>
internal sealed class SqliteSiteStates(SqliteReaders readers, Func<Action<SqliteWriter>, Task> write) : ISiteStateStorage
{
    /// <summary>Times and durations are ticks of 100 ns, times from the year 1.</summary>
    public const string Table =
        """
        CREATE TABLE site_state (
          destination TEXT NOT NULL,
          scope       TEXT NOT NULL,
          rule        TEXT NOT NULL,
          factor      REAL NOT NULL,
          base        REAL NOT NULL,
          ceiling     REAL NOT NULL,
          until       INTEGER NOT NULL,
          length      INTEGER NOT NULL,
          count       INTEGER NOT NULL,
          changed     INTEGER NOT NULL,
          reply       TEXT NOT NULL,
          PRIMARY KEY (destination, scope)
        ) WITHOUT ROWID;
        """;

    /// <inheritdoc/>
    public Task SaveAsync(IReadOnlyList<SiteState> rows, IReadOnlyList<SiteState> removed, CancellationToken cancellationToken) => write(
        writer => SqliteTransaction.Run(writer.Session, session =>
        {
            foreach (var row in removed)
            {
                session.Prepare("DELETE FROM site_state WHERE destination = ?1 AND scope = ?2")
                    .Bind(1, row.Destination.Value).Bind(2, row.Scope).Run();
            }

            foreach (var row in rows) Save(session, row);
            return rows.Count;
        })).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SiteState>> ReadAsync(
        IReadOnlyList<DestinationId> destinations, CancellationToken cancellationToken) => readers.RunAsync(
        IReadOnlyList<SiteState> (session) =>
        {
            List<SiteState> rows = [];
            foreach (var destination in destinations)
            {
                var select = session.Prepare(
                        """
                        SELECT scope, rule, CAST(factor AS TEXT), CAST(base AS TEXT), CAST(ceiling AS TEXT), until, length, count, changed,
                          reply FROM site_state WHERE destination = ?1
                        """)
                    .Bind(1, destination.Value);
                while (select.Step())
                {
                    rows.Add(new SiteState(destination, select.GetText(0))
                    {
                        Rule = select.GetText(1),
                        Factor = StoredNumber.Read(select.GetText(2)),
                        Base = StoredNumber.Read(select.GetText(3)),
                        Ceiling = StoredNumber.Read(select.GetText(4)),
                        Until = StoredTime.FromTicks(select.GetInt64(5)),
                        Length = new TimeSpan(select.GetInt64(6)),
                        Count = (int)select.GetInt64(7),
                        ChangedAt = StoredTime.FromTicks(select.GetInt64(8)),
                        Reply = select.GetText(9),
                    });
                }

                select.Reset();
            }

            return rows;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task SweepAsync(DateTimeOffset changedBefore, CancellationToken cancellationToken) => write(
        writer => SqliteTransaction.Run(writer.Session, session =>
        {
            session.Prepare("DELETE FROM site_state WHERE changed < ?1").Bind(1, changedBefore.UtcTicks).Run();
            return 0;
        })).WaitAsync(cancellationToken);

    private static void Save(SqliteSession session, SiteState row) => session.Prepare(
            """
            INSERT OR REPLACE INTO site_state
              (destination, scope, rule, factor, base, ceiling, until, length, count, changed, reply)
            VALUES (?1, ?2, ?3, CAST(?4 AS REAL), CAST(?5 AS REAL), CAST(?6 AS REAL), ?7, ?8, ?9, ?10, ?11)
            """)
        .Bind(1, row.Destination.Value).Bind(2, row.Scope).Bind(3, row.Rule)
        .Bind(4, StoredNumber.Write(row.Factor)).Bind(5, StoredNumber.Write(row.Base)).Bind(6, StoredNumber.Write(row.Ceiling))
        .Bind(7, row.Until.UtcTicks).Bind(8, row.Length.Ticks).Bind(9, row.Count).Bind(10, row.ChangedAt.UtcTicks)
        .Bind(11, row.Reply)
        .Run();
}
