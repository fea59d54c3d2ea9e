using Npgsql;
using NpgsqlTypes;
using Postfleet.Journal.Common;
using Postfleet.Storage.Postgres;

namespace Postfleet.Journal.Writing;

/// <summary>
/// Remembers the last written sequence numbers. A database whose highest number of an entity is lower lacks the write: actors of this node
/// know events that the database does not have. <see cref="PostgresJournalWriter"/> adds the numbers.
/// </summary>
internal sealed class JournalWitness : RecentChanges<(string Table, string PersistenceId, long SequenceNumber)>
{
    protected override async Task<int> CountMissingAsync(
        NpgsqlConnection connection, IReadOnlyList<(string Table, string PersistenceId, long SequenceNumber)> changes)
    {
        var missing = 0L;
        foreach (var table in changes.GroupBy(change => change.Table))
        {
            // The rows of a queue without mail may have been swept. Their numbers are not above the floor.
            await using var command = new NpgsqlCommand(
                $"""
                SELECT count(*) FROM unnest($1::text[], $2::bigint[]) AS w (id, number)
                WHERE w.number > coalesce((
                  SELECT sequence_number FROM {table.Key} WHERE persistence_id = w.id
                  ORDER BY persistence_id DESC, sequence_number DESC LIMIT 1
                ), (SELECT number FROM {JournalSchema.FloorTable} WHERE journal = '{table.Key}'), 0)
                """, connection);
            command.Parameters.Add(PostgresParameters.Column(NpgsqlDbType.Text, [.. table.Select(change => change.PersistenceId)]));
            command.Parameters.Add(PostgresParameters.Column(NpgsqlDbType.Bigint, [.. table.Select(change => change.SequenceNumber)]));
            missing += (long)(await command.ExecuteScalarAsync())!;
        }

        return (int)missing;
    }
}
