using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The fetched policies of domains in the embedded spool. <see cref="SqliteStorage"/> owns it: reads run on its readers, changes on its
/// writer.
/// </summary>
/// <param name="readers">The readers.</param>
/// <param name="write">Runs an action on the writer's thread.</param>
internal sealed class SqliteTlsPolicies(SqliteReaders readers, Func<Action<SqliteWriter>, Task> write) : ITlsPolicyStorage
{
    /// <summary>Times are in microseconds since 1970.</summary>
    public const string Table =
        """
        CREATE TABLE tls_policy (
          domain     TEXT NOT NULL PRIMARY KEY,
          id         TEXT NOT NULL DEFAULT '',
          policy     TEXT NOT NULL DEFAULT '',
          fetched_at INTEGER NOT NULL DEFAULT 0,
          expires_at INTEGER NOT NULL DEFAULT 0,
          next_try   INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX tls_policy_next_try ON tls_policy (next_try);
        CREATE INDEX tls_policy_expires_at ON tls_policy (expires_at);
        """;

    /// <inheritdoc/>
    public ValueTask<StoredTlsPolicy?> FindAsync(string domain, CancellationToken cancellationToken) => readers.RunAsync(
        session =>
        {
            var select = session.Prepare("SELECT id, policy, fetched_at, expires_at, next_try FROM tls_policy WHERE domain = ?1")
                .Bind(1, domain);
            var row = !select.Step() ? null : new StoredTlsPolicy(
                domain, select.GetText(0), select.GetText(1), StoredTime.FromMicroseconds(select.GetInt64(2)),
                StoredTime.FromMicroseconds(select.GetInt64(3)), StoredTime.FromMicroseconds(select.GetInt64(4)));
            select.Reset();
            return row;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> TryClaimAsync(
        string domain, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) => RunAsync(
        session => session.Prepare(
                """
                INSERT INTO tls_policy (domain, next_try) VALUES (?1, ?3)
                ON CONFLICT (domain) DO UPDATE SET next_try = excluded.next_try WHERE next_try <= ?2
                """)
            .Bind(1, domain).Bind(2, StoredTime.ToMicroseconds(now)).Bind(3, StoredTime.ToMicroseconds(until)).Run(),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> SaveAsync(StoredTlsPolicy policy, CancellationToken cancellationToken) => RunAsync(
        session => session.Prepare(
                """
                INSERT INTO tls_policy (domain, id, policy, fetched_at, expires_at, next_try) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT (domain) DO UPDATE SET id = excluded.id, policy = excluded.policy, fetched_at = excluded.fetched_at,
                  expires_at = excluded.expires_at, next_try = excluded.next_try
                """)
            .Bind(1, policy.Domain).Bind(2, policy.Id).Bind(3, policy.Text).Bind(4, StoredTime.ToMicroseconds(policy.FetchedAt))
            .Bind(5, StoredTime.ToMicroseconds(policy.ExpiresAt)).Bind(6, StoredTime.ToMicroseconds(policy.NextTry)).Run(),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> PostponeAsync(string domain, DateTimeOffset nextTry, CancellationToken cancellationToken) => RunAsync(
        session => session.Prepare("UPDATE tls_policy SET next_try = ?2 WHERE domain = ?1")
            .Bind(1, domain).Bind(2, StoredTime.ToMicroseconds(nextTry)).Run(),
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> SweepAsync(DateTimeOffset now, int max, int limit, CancellationToken cancellationToken)
    {
        var rows = 0;
        await write(writer => rows = SqliteTransaction.Run(writer.Session, session => Sweep(session, now, max, limit)))
            .WaitAsync(cancellationToken);
        return rows;
    }

    private static int Sweep(SqliteSession session, DateTimeOffset now, int max, int limit)
    {
        var over = session.Prepare(
                """
                DELETE FROM tls_policy WHERE domain IN (
                  SELECT domain FROM tls_policy WHERE expires_at <= ?1 AND next_try <= ?2 ORDER BY expires_at LIMIT ?3)
                """)
            .Bind(1, StoredTime.ToMicroseconds(now)).Bind(2, StoredTime.ToMicroseconds(now - ITlsPolicyStorage.Rest)).Bind(3, limit).Run();
        var excess = session.Prepare(
                """
                DELETE FROM tls_policy WHERE domain IN (
                  SELECT domain FROM tls_policy WHERE next_try < (
                    SELECT next_try FROM tls_policy ORDER BY next_try DESC LIMIT 1 OFFSET ?1)
                  ORDER BY next_try LIMIT ?2)
                """)
            .Bind(1, max - 1).Bind(2, limit).Run();
        return Math.Max(over, excess);
    }

    private async ValueTask<bool> RunAsync(Func<SqliteSession, int> change, CancellationToken cancellationToken)
    {
        var rows = 0;
        await write(writer => rows = SqliteTransaction.Run(writer.Session, change)).WaitAsync(cancellationToken);
        return rows > 0;
    }
}
