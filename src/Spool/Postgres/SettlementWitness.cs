using Npgsql;
using Postfleet.Core.Queueing;
using Postfleet.Storage.Postgres;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// Remembers the last parts whose final settlement was confirmed. A database that has such a part lacks the settlement, which the part's
/// queue no longer knows. <see cref="PostgresStorage"/> adds the parts.
/// </summary>
internal sealed class SettlementWitness : RecentChanges<PartId>
{
    protected override async Task<int> CountMissingAsync(NpgsqlConnection connection, IReadOnlyList<PartId> changes)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT count(*) FROM unnest($1::uuid[], $2::text[]) AS s (message_id, queue_key)
            WHERE EXISTS (SELECT FROM part WHERE part.message_id = s.message_id AND part.queue_key = s.queue_key)
            """, connection);
        command.Parameters.Add(PostgresColumns.Ids(changes.Select(part => part.Message)));
        command.Parameters.Add(PostgresColumns.Texts(changes.Select(part => part.Queue)));
        return (int)(long)(await command.ExecuteScalarAsync())!;
    }
}
