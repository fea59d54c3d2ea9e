using Npgsql;
using NpgsqlTypes;
using Postfleet.Journal.Common;
using Postfleet.Storage;
using Postfleet.Storage.Postgres;

namespace Postfleet.Journal.Writing;

/// <summary>
/// Writes to the journals in PostgreSQL: for each table an insert and a delete statement over arrays, always with the same texts.
/// </summary>
internal sealed class PostgresJournalWriter(Lazy<PostgresPool> pool, JournalWitness witness, ServerGuard? guard) : JournalWriter
{
    /// <summary>
    /// A quarter of the processors, at most three, as for the spool: with few processors a single lane makes larger batches.
    /// </summary>
    public override int Lanes { get; } = Math.Clamp(Environment.ProcessorCount / 4, 1, 3);

    public override long Epoch => guard?.Epoch ?? 0;

    // The statements of a batch are one transaction.
    public override async Task CommitAsync(IReadOnlyList<JournalOperation> operations)
    {
        await using var connection = await pool.Value.OpenAsync();
        await using var batch = new NpgsqlBatch(connection);
        foreach (var table in JournalSchema.EventTables)
        {
            var here = operations.Where(operation => operation.Table == table).ToList();
            if (here.OfType<JournalWrite>().SelectMany(write => write.Rows).ToArray() is { Length: > 0 } rows)
                batch.BatchCommands.Add(Insert(table, rows));
            if (here.OfType<JournalDeletion>().ToArray() is { Length: > 0 } deletions) batch.BatchCommands.Add(Delete(table, deletions));
        }

        try
        {
            await ReplicatedCommit.RunAsync(connection, () => batch.ExecuteNonQueryAsync());
        }
        catch (PostgresException e)
        {
            pool.Value.Note(e);
            throw;
        }

        witness.Add(operations.OfType<JournalWrite>().Select(write => (write.Table, write.Rows[^1].PersistenceId,
            write.Rows[^1].SequenceNumber)));
    }

    private static NpgsqlBatchCommand Insert(string table, NewJournalRow[] rows) => new(
        $"""
        INSERT INTO {table} (persistence_id, sequence_number, created, message, manifest, identifier, tags, deleted)
        SELECT r.*, '', false FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[], $6::integer[]) AS r
        """)
    {
        Parameters =
        {
            PostgresParameters.Column(NpgsqlDbType.Text, Array.ConvertAll(rows, row => row.PersistenceId)),
            PostgresParameters.Column(NpgsqlDbType.Bigint, Array.ConvertAll(rows, row => row.SequenceNumber)),
            PostgresParameters.Column(NpgsqlDbType.Bigint, Array.ConvertAll(rows, row => row.Created)),
            PostgresParameters.Column(NpgsqlDbType.Bytea, Array.ConvertAll(rows, row => row.Message)),
            PostgresParameters.Column(NpgsqlDbType.Text, Array.ConvertAll(rows, row => row.Manifest)),
            PostgresParameters.Column(NpgsqlDbType.Integer, Array.ConvertAll(rows, row => row.Serializer)),
        },
    };

    // The row with the highest number is marked and not deleted, so the update and the deletion touch different rows.
    private static NpgsqlBatchCommand Delete(string table, JournalDeletion[] deletions) => new(
        $"""
        WITH last AS MATERIALIZED (
          SELECT d.id, d.up_to, (
            SELECT j.sequence_number FROM {table} j WHERE j.persistence_id = d.id
            ORDER BY j.persistence_id DESC, j.sequence_number DESC LIMIT 1) AS number
          FROM unnest($1::text[], $2::bigint[]) AS d (id, up_to)
        ), marked AS (
          UPDATE {table} j SET deleted = true, message = '' FROM last
          WHERE j.persistence_id = last.id AND j.sequence_number = last.number AND last.number <= last.up_to AND NOT j.deleted
        )
        DELETE FROM {table} j USING last
        WHERE j.persistence_id = last.id AND j.sequence_number <= last.up_to AND j.sequence_number < last.number
        """)
    {
        Parameters =
        {
            PostgresParameters.Column(NpgsqlDbType.Text, Array.ConvertAll(deletions, deletion => deletion.PersistenceId)),
            PostgresParameters.Column(NpgsqlDbType.Bigint, Array.ConvertAll(deletions, deletion => deletion.UpTo)),
        },
    };

    public override bool IsOfStorage(Exception exception) => PostgresFault.Judge(exception) != FailureKind.Operation;
}
