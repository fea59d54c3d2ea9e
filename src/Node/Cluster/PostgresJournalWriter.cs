using Npgsql;
using NpgsqlTypes;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Storage;

namespace Postfleet.Node.Cluster;

/// <summary>Writes the queues' journal in PostgreSQL: one statement over arrays, which is its own transaction and the same text each time.</summary>
internal sealed class PostgresJournalWriter(Lazy<NpgsqlDataSource> pool) : JournalWriter
{
    private const string Insert =
        """
        INSERT INTO journal (persistence_id, sequence_number, created, message, manifest, identifier, tags, deleted)
        SELECT r.*, '', false FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[], $6::integer[]) AS r
        """;

    /// <summary>Lanes divide what waits, as those of the spool do: few processors are better served by one.</summary>
    public override int Lanes { get; } = Math.Clamp(Environment.ProcessorCount / 4, 1, 3);

    public override async Task InsertAsync(IReadOnlyList<JournalWrite> writes)
    {
        var rows = writes.SelectMany(write => write.Rows).ToArray();
        await using var command = pool.Value.CreateCommand(Insert);
        command.Parameters.Add(PostgresColumns.Column(NpgsqlDbType.Text, Array.ConvertAll(rows, row => row.PersistenceId)));
        command.Parameters.Add(PostgresColumns.Column(NpgsqlDbType.Bigint, Array.ConvertAll(rows, row => row.SequenceNumber)));
        command.Parameters.Add(PostgresColumns.Column(NpgsqlDbType.Bigint, Array.ConvertAll(rows, row => row.Created)));
        command.Parameters.Add(PostgresColumns.Column(NpgsqlDbType.Bytea, Array.ConvertAll(rows, row => row.Message)));
        command.Parameters.Add(PostgresColumns.Column(NpgsqlDbType.Text, Array.ConvertAll(rows, row => row.Manifest)));
        command.Parameters.Add(PostgresColumns.Column(NpgsqlDbType.Integer, Array.ConvertAll(rows, row => row.Serializer)));
        await command.ExecuteNonQueryAsync();
    }

    public override bool IsOfStorage(Exception exception) => PostgresFault.Judge(exception) != FailureKind.Operation;
}
