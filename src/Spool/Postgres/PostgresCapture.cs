using Npgsql;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>The capture store's statements.</summary>
internal static class PostgresCapture
{
    private const string Upsert =
        """
        INSERT INTO captured (message_id, queue_key, captured_at, reverse_path, recipients, subject, size, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (message_id, queue_key) DO UPDATE SET recipients = captured.recipients || ARRAY(
          SELECT recipient FROM unnest(excluded.recipients) AS recipient WHERE recipient <> ALL (captured.recipients))
        """;

    // Simultaneous clean-ups of several nodes skip each other's rows, so no node waits while it holds row locks: the next clean-up
    // deletes the rest.
    private const string DropOld =
        """
        DELETE FROM captured WHERE (message_id, queue_key) IN (
          SELECT message_id, queue_key FROM captured WHERE captured_at < $1 FOR UPDATE SKIP LOCKED)
        """;

    private const string DropMany =
        """
        DELETE FROM captured WHERE (message_id, queue_key) IN (
          SELECT message_id, queue_key FROM captured
          WHERE (captured_at, message_id, queue_key) <= (
            SELECT captured_at, message_id, queue_key FROM captured
            ORDER BY captured_at DESC, message_id DESC, queue_key DESC LIMIT 1 OFFSET $1)
          FOR UPDATE SKIP LOCKED)
        """;

    private const string DropAny =
        """
        DELETE FROM captured WHERE (message_id, queue_key) IN (
          SELECT message_id, queue_key FROM captured LIMIT $1 FOR UPDATE SKIP LOCKED)
        """;

    private const string DropOne =
        """
        DELETE FROM captured WHERE (message_id, queue_key) IN (
          SELECT message_id, queue_key FROM captured WHERE message_id = $2 ORDER BY queue_key LIMIT $1 FOR UPDATE)
        """;

    private const string Newest =
        """
        SELECT message_id, queue_key, captured_at, reverse_path, recipients, size, subject FROM captured
        ORDER BY captured_at DESC, message_id DESC, queue_key DESC LIMIT $1
        """;

    private const string Content = "SELECT body FROM captured WHERE message_id = $1 LIMIT 1";

    public static async Task KeepAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<CaptureOperation> captures, CaptureBounds bounds)
    {
        if (captures.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection, transaction);
        var isCleanUpDue = false;
        // Two nodes may capture the same rows: a fixed order prevents a deadlock.
        foreach (var capture in captures.OrderBy(capture => capture.Part.Message).ThenBy(capture => capture.Part.Queue))
        {
            Add(
                batch,
                Upsert,
                Value(capture.Part.Message.ToGuid()),
                Value(capture.Part.Queue.Value),
                Value(capture.CapturedAt.UtcDateTime),
                Value(capture.ReversePath),
                Value<string[]>([.. capture.Recipients]),
                Value(capture.Subject),
                Value(capture.Content.Length),
                Value(capture.Content.ToMemory()));
            isCleanUpDue |= bounds.IsCleanUpDue();
        }

        if (isCleanUpDue)
        {
            Add(batch, DropOld, Value(bounds.Oldest(captures.Max(capture => capture.CapturedAt)).UtcDateTime));
            Add(batch, DropMany, Value(bounds.MaxMessages));
        }

        await batch.ExecuteNonQueryAsync();
    }

    public static async Task DropAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IEnumerable<DropCapturedOperation> drops)
    {
        foreach (var drop in drops)
        {
            await using var command = new NpgsqlCommand(drop.Only is null ? DropAny : DropOne, connection, transaction);
            command.Parameters.Add(Value(drop.Limit));
            if (drop.Only is { } message) command.Parameters.Add(Value(message.ToGuid()));
            drop.Deleted = await command.ExecuteNonQueryAsync();
        }
    }

    public static async Task<IReadOnlyList<CapturedMessage>> ListAsync(
        NpgsqlConnection connection, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Newest, connection);
        command.Parameters.Add(Value(limit));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<CapturedMessage> found = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new CapturedMessage(
                MessageId.FromGuid(reader.GetGuid(0)),
                QueueKey.FromTrusted(reader.GetString(1)),
                new DateTimeOffset(reader.GetDateTime(2)),
                reader.GetString(3),
                reader.GetFieldValue<string[]>(4),
                reader.GetInt64(5),
                reader.GetString(6)));
        }

        return found;
    }

    public static async Task<MessageContent?> ReadContentAsync(
        NpgsqlConnection connection, MessageId id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Content, connection);
        command.Parameters.Add(Value(id.ToGuid()));
        return await command.ExecuteScalarAsync(cancellationToken) is byte[] body ? new MessageContent(body) : null;
    }
}
