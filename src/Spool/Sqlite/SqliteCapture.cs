using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>The capture store's statements.</summary>
internal static class SqliteCapture
{
    // Between recipients: an address contains no line end.
    private const char Separator = '\n';

    public static void Keep(SqliteSession session, CaptureOperation capture, CaptureBounds bounds)
    {
        var recipients = capture.Recipients.Union(Recipients(session, capture.Part) ?? []);
        session.Prepare(
                """
                INSERT INTO captured (message_id, queue_key, captured_at, reverse_path, recipients, subject, size, body)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT (message_id, queue_key) DO UPDATE SET recipients = excluded.recipients
                """)
            .Bind(1, capture.Part.Message)
            .Bind(2, capture.Part.Queue.Value)
            .Bind(3, StoredTime.ToMicroseconds(capture.CapturedAt))
            .Bind(4, capture.ReversePath)
            .Bind(5, string.Join(Separator, recipients))
            .Bind(6, capture.Subject)
            .Bind(7, capture.Content.Length)
            .Bind(8, capture.Content.Octets)
            .Run();
        if (bounds.IsCleanUpDue()) CleanUp(session, bounds, capture.CapturedAt);
    }

    public static IReadOnlyList<CapturedMessage> List(SqliteSession session, int limit)
    {
        var select = session.Prepare(
            """
            SELECT message_id, queue_key, captured_at, reverse_path, recipients, size, subject FROM captured
            ORDER BY captured_at DESC, message_id DESC, queue_key DESC LIMIT ?1
            """).Bind(1, limit);
        List<CapturedMessage> found = [];
        while (select.Step())
        {
            found.Add(new CapturedMessage(
                select.GetId(0),
                QueueKey.FromTrusted(select.GetText(1)),
                StoredTime.FromMicroseconds(select.GetInt64(2)),
                select.GetText(3),
                select.GetText(4).Split(Separator, StringSplitOptions.RemoveEmptyEntries),
                select.GetInt64(5),
                select.GetText(6)));
        }

        select.Reset();
        return found;
    }

    public static MessageContent? ReadContent(SqliteSession session, MessageId id)
    {
        var select = session.Prepare("SELECT body FROM captured WHERE message_id = ?1 LIMIT 1").Bind(1, id);
        var content = select.Step() ? new MessageContent(select.GetBlob(0).ToArray()) : null;
        select.Reset();
        return content;
    }

    public static int Drop(SqliteSession session, DropCapturedOperation drop) => drop.Only is { } message
        ? session.Prepare("DELETE FROM captured WHERE rowid IN (SELECT rowid FROM captured WHERE message_id = ?1 LIMIT ?2)")
            .Bind(1, message).Bind(2, drop.Limit).Run()
        : session.Prepare("DELETE FROM captured WHERE rowid IN (SELECT rowid FROM captured LIMIT ?1)").Bind(1, drop.Limit).Run();

    private static string[]? Recipients(SqliteSession session, PartId part)
    {
        var select = session.Prepare("SELECT recipients FROM captured WHERE message_id = ?1 AND queue_key = ?2")
            .Bind(1, part.Message)
            .Bind(2, part.Queue.Value);
        var found = select.Step() ? select.GetText(0).Split(Separator, StringSplitOptions.RemoveEmptyEntries) : null;
        select.Reset();
        return found;
    }

    private static void CleanUp(SqliteSession session, CaptureBounds bounds, DateTimeOffset now)
    {
        session.Prepare("DELETE FROM captured WHERE captured_at < ?1").Bind(1, StoredTime.ToMicroseconds(bounds.Oldest(now))).Run();
        session.Prepare(
                """
                DELETE FROM captured WHERE (captured_at, message_id, queue_key) <= (
                  SELECT captured_at, message_id, queue_key FROM captured
                  ORDER BY captured_at DESC, message_id DESC, queue_key DESC LIMIT 1 OFFSET ?1)
                """)
            .Bind(1, bounds.MaxMessages)
            .Run();
    }
}
