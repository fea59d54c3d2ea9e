using Npgsql;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>The spool's queries.</summary>
internal static class PostgresQueries
{
    // 1 January 2000 in microseconds since 1970.
    private const long EpochOfPostgres = 946_684_800_000_000;

    private const string Existing = "SELECT message_id, moved FROM part WHERE queue_key = $1 AND message_id = ANY ($2)";

    private const string Unclaimed =
        """
        SELECT message_id, queue_key, recipients, accepted_at, send_after, priority, deliver_by_mode, deliver_within FROM part
        WHERE NOT handed_off AND (message_id, queue_key) > ($1, $2) AND message_id < $3 AND accepted_at < $4
        ORDER BY message_id, queue_key LIMIT $5
        """;

    // Locks messages first and in the order of their ids, as every transaction on existing rows does (see PostgresBatch).
    private const string Reoffer =
        """
        WITH locked AS MATERIALIZED (
          SELECT id FROM message WHERE id IN (SELECT message_id FROM part WHERE queue_key = $1) ORDER BY id FOR UPDATE
        )
        UPDATE part SET handed_off = false, reported = 0, recorded = 0 WHERE queue_key = $1 AND message_id IN (SELECT id FROM locked)
        """;

    public static async Task<int> ReofferAsync(NpgsqlConnection connection, QueueKey queue, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Reoffer, connection);
        command.Parameters.Add(Value(queue.Value));
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<IReadOnlyDictionary<MessageId, byte[]?>> FindExistingAsync(
        NpgsqlConnection connection, QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Existing, connection);
        command.Parameters.Add(Value(queue.Value));
        command.Parameters.Add(Ids(messages));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        Dictionary<MessageId, byte[]?> found = [];
        while (await reader.ReadAsync(cancellationToken))
            found[MessageId.FromGuid(reader.GetGuid(0))] = reader.IsDBNull(1) ? null : reader.GetFieldValue<byte[]>(1);
        return found;
    }

    public static async Task<UnclaimedPage> FindUnclaimedAsync(
        NpgsqlConnection connection, DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken)
    {
        var page = new UnclaimedPage();
        var (id, queue) = ((after?.Message ?? default).ToGuid(), after?.Queue.Value ?? "");
        while (true)
        {
            var wanted = limit - page.Parts.Count;
            var rows = 0;
            await using var command = new NpgsqlCommand(Unclaimed, connection);
            command.Parameters.Add(Value(id));
            command.Parameters.Add(Value(queue));
            command.Parameters.Add(Value(StoredTime.UpperBound(acceptedBefore).ToGuid()));
            command.Parameters.Add(Value(acceptedBefore.UtcDateTime));
            command.Parameters.Add(Value(wanted));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            for (; await reader.ReadAsync(cancellationToken); rows++)
            {
                (id, queue) = (reader.GetGuid(0), reader.GetString(1));
                page.Add(
                    MessageId.FromGuid(id).ToByteArray(), queue, reader.GetInt32(2), TimeIn(reader, 3),
                    new PartHandling(reader.GetInt32(4), reader.GetInt32(5), reader.GetInt32(6), reader.GetInt32(7)));
            }

            // Damaged rows do not count towards the limit: the page gets further rows in their place.
            if (rows < wanted || page.IsFull(limit)) return page;
        }
    }

    // Reads the stored number, in microseconds since 2000: reading a time outside the range of .NET, for example BC, would throw and end
    // the page.
    private static DateTimeOffset? TimeIn(NpgsqlDataReader reader, int column)
    {
        var stored = reader.GetFieldValue<long>(column);
        return stored <= long.MaxValue - EpochOfPostgres ? StoredTime.TryFromMicroseconds(stored + EpochOfPostgres) : null;
    }
}
