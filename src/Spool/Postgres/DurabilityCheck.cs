using Microsoft.Extensions.Logging;
using Npgsql;
using Postfleet.Core;
using Postfleet.Spool.Common;
using Postfleet.Storage.Postgres;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// A reply of 250 promises flushed mail. With <c>synchronous_commit=off</c> the server confirms a commit before its flush.
/// <see cref="PostgresStorage"/> runs the check when it starts.
/// </summary>
internal static class DurabilityCheck
{
    /// <summary>Checks the settings of the server.</summary>
    /// <exception cref="StartFailureException">A confirmed commit could be lost.</exception>
    public static async Task RunAsync(PostgresPool pool, ILogger logger, CancellationToken cancellationToken)
    {
        await using var connection = await pool.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT current_setting('synchronous_commit'), current_setting('fsync')", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.GetString(0) == "off")
        {
            throw new StartFailureException(
                $"PostgreSQL at {pool.Description} has synchronous_commit=off: acknowledged mail could be lost; set it to on");
        }

        if (reader.GetString(1) == "off") SpoolLog.FsyncOff(logger);
    }
}
