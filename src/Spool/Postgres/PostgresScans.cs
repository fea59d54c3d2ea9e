using Npgsql;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>The scans over all parts.</summary>
internal static class PostgresScans
{
    private const string Queues = "SELECT DISTINCT queue_key FROM part WHERE queue_key > $1 ORDER BY queue_key LIMIT $2";

    private const string Parts =
        """
        SELECT p.message_id, p.queue_key, m.envelope FROM part p JOIN message m ON m.id = p.message_id
        WHERE (p.message_id, p.queue_key) > ($1, $2) ORDER BY p.message_id, p.queue_key LIMIT $3
        """;

    public static async Task<IReadOnlyList<QueueKey>> ListQueuesAsync(
        NpgsqlConnection connection, QueueKey? after, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Queues, connection);
        command.Parameters.Add(Value(after?.Value ?? ""));
        command.Parameters.Add(Value(limit));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<QueueKey> queues = [];
        while (await reader.ReadAsync(cancellationToken)) queues.Add(QueueKey.FromTrusted(reader.GetString(0)));
        return queues;
    }

    public static async Task<IReadOnlyList<ScannedPart>> ScanAsync(
        NpgsqlConnection connection, PartId? after, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Parts, connection);
        command.Parameters.Add(Value((after?.Message ?? default).ToGuid()));
        command.Parameters.Add(Value(after?.Queue.Value ?? ""));
        command.Parameters.Add(Value(limit));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<ScannedPart> parts = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            var part = new PartId(MessageId.FromGuid(reader.GetGuid(0)), QueueKey.FromTrusted(reader.GetString(1)));
            parts.Add(EnvelopeCodec.Scan(part, reader.GetFieldValue<byte[]>(2)));
        }

        return parts;
    }
}
