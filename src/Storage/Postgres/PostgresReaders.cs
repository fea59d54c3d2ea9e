using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Runs queries. One whose connection breaks is asked once more on a new one: after a restart of the server the pool is full of dead ones.
/// </summary>
public sealed class PostgresReaders(ConnectionGate gate)
{
    /// <summary>Runs a query.</summary>
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
                // Falls through: reading twice does no harm.
            }
        }

        await using var fresh = await gate.OpenAsync(cancellationToken);
        return await query(fresh);
    }

    // Not a time-out: a server that has not answered for so long would not do so now.
    private static bool IsBroken(Exception e) =>
        PostgresFault.Judge(e) == FailureKind.Storage && e is not TimeoutException && e.InnerException is not TimeoutException;
}
