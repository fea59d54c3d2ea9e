using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Runs queries of the spool's readers. A query whose connection breaks runs once more on a new connection, because after a restart of the
/// server all pooled connections are dead. Thread-safe.
/// </summary>
public sealed class PostgresReaders(ConnectionGate gate)
{
    /// <summary>Runs a query, which may run twice.</summary>
    public async ValueTask<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> query, CancellationToken cancellationToken)
    {
        await using (var connection = await gate.OpenAsync(cancellationToken))
        {
            try
            {
                return await query(connection);
            }
            catch (Exception e) when (IsBroken(e) && !cancellationToken.IsCancellationRequested)
            {
                // Continues below: a query may be repeated safely.
            }
        }

        await using var fresh = await gate.OpenAsync(cancellationToken);
        return await query(fresh);
    }

    // A time-out is not repeated: after so long a silence the server would not answer now.
    private static bool IsBroken(Exception e) =>
        PostgresFault.Judge(e) == FailureKind.Storage && e is not TimeoutException && e.InnerException is not TimeoutException;
}
