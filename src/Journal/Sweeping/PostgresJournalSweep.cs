using Npgsql;
using Postfleet.Journal.Common;
using Postfleet.Storage.Postgres;

namespace Postfleet.Journal.Sweeping;

/// <summary>Sweeps the queues' journal in PostgreSQL.</summary>
internal sealed class PostgresJournalSweep(Lazy<PostgresPool> pool) : JournalSweep
{
    // Writes queue up behind the sweep's lock request, so a stalled transaction must not delay all queues for long.
    private const string LockTimeout = "SET LOCAL lock_timeout = '1s'";

    protected override async Task<List<SweptRow>> ReadAsync(long after, int rows, CancellationToken cancellationToken)
    {
        await using var connection = await pool.Value.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Page, connection);
        command.Parameters.AddWithValue("after", after);
        command.Parameters.AddWithValue("rows", rows);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<SweptRow> page = [];
        while (await reader.ReadAsync(cancellationToken))
            page.Add(new SweptRow(reader.GetInt64(0), reader.GetInt64(1), reader.GetBoolean(2), reader.GetInt64(3)));
        return page;
    }

    // Each statement sees all earlier commits, so the statements after the lock see the rows of all writes before the lock.
    protected override async Task<int> DeleteAsync(long[] places, long highest, CancellationToken cancellationToken)
    {
        await using var connection = await pool.Value.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(LockTimeout),
                new NpgsqlBatchCommand($"SELECT pg_advisory_xact_lock({JournalSchema.SweepLock})"),
                new NpgsqlBatchCommand(
                    $"UPDATE {JournalSchema.FloorTable} SET number = $1 WHERE journal = '{JournalSchema.QueueTable}' AND number < $2")
                {
                    Parameters = { new() { Value = JournalFloor.Above(highest) }, new() { Value = highest } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await using var delete = new NpgsqlCommand(
            $"DELETE FROM {JournalSchema.QueueTable} WHERE ordering = ANY($1) AND deleted", connection, transaction)
        {
            Parameters = { new() { Value = places } },
        };
        var swept = await delete.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return swept;
    }
}
