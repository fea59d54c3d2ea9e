using Npgsql;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Storage.Postgres;
using static Postfleet.Spool.Storage.StoredTime;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>The fetched policies of domains in the shared spool. <see cref="PostgresStorage"/> owns it.</summary>
/// <param name="readers">The readers.</param>
/// <param name="writers">Connections for changes.</param>
internal sealed class PostgresTlsPolicies(PostgresReaders readers, ConnectionGate writers) : ITlsPolicyStorage
{
    /// <summary>Times are in microseconds since 1970.</summary>
    public const string Table =
        """
        CREATE TABLE tls_policy (
          domain     text COLLATE "C" NOT NULL PRIMARY KEY,
          id         text NOT NULL DEFAULT '',
          policy     text NOT NULL DEFAULT '',
          fetched_at bigint NOT NULL DEFAULT 0,
          expires_at bigint NOT NULL DEFAULT 0,
          next_try   bigint NOT NULL
        );
        CREATE INDEX tls_policy_next_try ON tls_policy (next_try);
        CREATE INDEX tls_policy_expires_at ON tls_policy (expires_at);
        """;

    private const string Find = "SELECT id, policy, fetched_at, expires_at, next_try FROM tls_policy WHERE domain = $1";

    private const string Claim =
        """
        INSERT INTO tls_policy (domain, next_try) VALUES ($1, $3)
        ON CONFLICT (domain) DO UPDATE SET next_try = excluded.next_try WHERE tls_policy.next_try <= $2
        """;

    private const string Save =
        """
        INSERT INTO tls_policy (domain, id, policy, fetched_at, expires_at, next_try) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (domain) DO UPDATE SET id = excluded.id, policy = excluded.policy, fetched_at = excluded.fetched_at,
          expires_at = excluded.expires_at, next_try = excluded.next_try
        """;

    private const string Postpone = "UPDATE tls_policy SET next_try = $2 WHERE domain = $1";

    // Rows that another node deletes or changes at the same time are left to it.
    private const string SweepOver =
        """
        DELETE FROM tls_policy WHERE domain IN (
          SELECT domain FROM tls_policy WHERE expires_at <= $1 AND next_try <= $2 ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        """;

    private const string SweepExcess =
        """
        DELETE FROM tls_policy WHERE domain IN (
          SELECT domain FROM tls_policy WHERE next_try < (SELECT next_try FROM tls_policy ORDER BY next_try DESC LIMIT 1 OFFSET $1)
          ORDER BY next_try LIMIT $2 FOR UPDATE SKIP LOCKED)
        """;

    /// <inheritdoc/>
    public ValueTask<StoredTlsPolicy?> FindAsync(string domain, CancellationToken cancellationToken) => readers.RunAsync(
        async connection =>
        {
            await using var command = new NpgsqlCommand(Find, connection) { Parameters = { Value(domain) } };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return !await reader.ReadAsync(cancellationToken) ? null : new StoredTlsPolicy(
                domain, reader.GetString(0), reader.GetString(1), FromMicroseconds(reader.GetInt64(2)),
                FromMicroseconds(reader.GetInt64(3)), FromMicroseconds(reader.GetInt64(4)));
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> TryClaimAsync(
        string domain, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) =>
        await RunAsync(Claim, cancellationToken, Value(domain), Value(ToMicroseconds(now)), Value(ToMicroseconds(until))) > 0;

    /// <inheritdoc/>
    public async ValueTask<bool> SaveAsync(StoredTlsPolicy policy, CancellationToken cancellationToken) => await RunAsync(
        Save, cancellationToken, Value(policy.Domain), Value(policy.Id), Value(policy.Text), Value(ToMicroseconds(policy.FetchedAt)),
        Value(ToMicroseconds(policy.ExpiresAt)), Value(ToMicroseconds(policy.NextTry))) > 0;

    /// <inheritdoc/>
    public async ValueTask<bool> PostponeAsync(string domain, DateTimeOffset nextTry, CancellationToken cancellationToken) =>
        await RunAsync(Postpone, cancellationToken, Value(domain), Value(ToMicroseconds(nextTry))) > 0;

    /// <inheritdoc/>
    public async ValueTask<int> SweepAsync(DateTimeOffset now, int max, int limit, CancellationToken cancellationToken)
    {
        var over = await RunAsync(
            SweepOver, cancellationToken, Value(ToMicroseconds(now)), Value(ToMicroseconds(now - ITlsPolicyStorage.Rest)), Value(limit));
        return Math.Max(over, await RunAsync(SweepExcess, cancellationToken, Value(max - 1), Value(limit)));
    }

    private async ValueTask<int> RunAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var connection = await writers.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return await writers.NotedAsync(() => command.ExecuteNonQueryAsync(cancellationToken));
    }
}
