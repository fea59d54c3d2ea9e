using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>The scans over all parts, on a reader's connection.</summary>
internal static class SqliteScans
{
    public static IReadOnlyList<QueueKey> ListQueues(SqliteSession session, QueueKey? after, int limit)
    {
        var select = session.Prepare("SELECT DISTINCT queue_key FROM part WHERE queue_key > ?1 ORDER BY queue_key LIMIT ?2")
            .Bind(1, after?.Value ?? "")
            .Bind(2, limit);
        List<QueueKey> queues = [];
        try
        {
            while (select.Step()) queues.Add(QueueKey.FromTrusted(select.GetText(0)));
            return queues;
        }
        finally
        {
            select.Reset();
        }
    }

    public static IReadOnlyList<ScannedPart> Scan(SqliteSession session, PartId? after, int limit)
    {
        var select = session.Prepare(
                """
                SELECT p.message_id, p.queue_key, m.envelope FROM part p JOIN message m ON m.id = p.message_id
                WHERE (p.message_id, p.queue_key) > (?1, ?2) ORDER BY p.message_id, p.queue_key LIMIT ?3
                """)
            .Bind(1, after?.Message ?? default)
            .Bind(2, after?.Queue.Value ?? "")
            .Bind(3, limit);
        List<ScannedPart> parts = [];
        try
        {
            while (select.Step())
            {
                var part = new PartId(MessageId.FromBytes(select.GetBlob(0)), QueueKey.FromTrusted(select.GetText(1)));
                parts.Add(EnvelopeCodec.Scan(part, select.GetBlob(2)));
            }

            return parts;
        }
        finally
        {
            select.Reset();
        }
    }
}
