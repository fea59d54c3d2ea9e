using Npgsql;
using Postfleet.Core;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Refuses a connection pooler, such as PgBouncer, that gives each transaction another session. Prepared statements, session settings and
/// the session lock of the history need one session for the life of a connection. The spool calls it at start.
/// </summary>
public static class PoolerCheck
{
    private const int Tries = 10;
    private const int WaitSeconds = 3;

    /// <summary>Checks a database if a pooler is in front of it.</summary>
    /// <param name="connectionString">The operator's connection string.</param>
    /// <param name="password">The password for a new connection; null for the password of the connection string.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <exception cref="StartFailureException">The pooler gives each transaction another session.</exception>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public static async Task RunAsync(string connectionString, Func<string>? password, CancellationToken cancellationToken)
    {
        await using var pool = PostgresPool.Create(
            connectionString, 2, "postfleet start", password: password, adjust: settings =>
                (settings.MinPoolSize, settings.MaxPoolSize, settings.MaxAutoPrepare, settings.CommandTimeout) = (0, 2, 0, WaitSeconds));
        await using var one = await pool.OpenAsync(cancellationToken);
        if (!pool.HasPooler) return;
        await using var other = await pool.OpenAsync(cancellationToken);
        // While the other connection holds a session in a transaction, a pooler of transactions gives this connection another session.
        for (var n = 0; n < Tries; n++)
        {
            var before = await ReadSessionAsync(one, null, cancellationToken);
            if (before != await ReadSessionBesideAsync(one, other, cancellationToken)) throw Refusal();
        }
    }

    private static async Task<int> ReadSessionBesideAsync(NpgsqlConnection one, NpgsqlConnection other, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = await other.BeginTransactionAsync(cancellationToken);
            await ReadSessionAsync(other, transaction, cancellationToken);
            return await ReadSessionAsync(one, null, cancellationToken);
        }
        catch (NpgsqlException)
        {
            // A pooler of statements refuses a transaction, and a pooler with a single session lets the first connection wait.
            throw Refusal();
        }
    }

    private static async Task<int> ReadSessionAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_backend_pid()", connection, transaction);
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static StartFailureException Refusal() => new(
        "Storage:ConnectionString leads to a connection pooler that gives each transaction another session; " +
        "allowed: pool_mode=session for this database in the pooler, or a connection to PostgreSQL itself");
}
