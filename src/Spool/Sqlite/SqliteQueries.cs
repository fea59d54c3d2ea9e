using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;
using SQLitePCL;

namespace Postfleet.Spool.Sqlite;

/// <summary>The spool's queries, on a reader's connection.</summary>
internal static class SqliteQueries
{
    // The longest body read with its row, in octets. SQLite would first assemble a longer body in its own memory.
    public const int LargeBody = 256 << 10;

    public static PartRow? Read(SqliteSession session, PartId part) =>
        InOneSnapshot(session, () => ReadRow(session, part, int.MaxValue));

    public static PartRow? ReadHead(SqliteSession session, PartId part, int maxContent) => InOneSnapshot(session, () =>
        ReadRow(session, part, maxContent) is { } row ? row with { IsAlone = IsAlone(session, part) } : null);

    /// <summary>Runs reads in the same snapshot of the database, for example of a row and, in pieces, of its body.</summary>
    public static T InOneSnapshot<T>(SqliteSession session, Func<T> read)
    {
        session.Prepare("BEGIN").Run();
        try
        {
            return read();
        }
        finally
        {
            session.Prepare("COMMIT").Run();
        }
    }

    /// <summary>Reads a piece of a body, which may be too long to come with its row.</summary>
    public static byte[] ReadBody(SqliteSession session, SqliteStatement select, int row, int length, int body, int maxContent)
    {
        var wanted = (int)Math.Min(select.GetInt64(length), maxContent);
        return select.IsNull(body) ? ReadPiece(session.Handle, select.GetInt64(row), wanted) : select.GetBlob(body)[..wanted].ToArray();
    }

    private static bool IsAlone(SqliteSession session, PartId part)
    {
        var select = session.Prepare(
                """
                SELECT EXISTS (SELECT 1 FROM part WHERE message_id = ?1 AND queue_key <> ?2)
                    OR EXISTS (SELECT 1 FROM pending_report WHERE message_id = ?1)
                """)
            .Bind(1, part.Message)
            .Bind(2, part.Queue.Value);
        var isAlone = select.Step() && select.GetInt64(0) == 0;
        select.Reset();
        return isAlone;
    }

    private static PartRow? ReadRow(SqliteSession session, PartId part, int maxContent)
    {
        var select = session.Prepare(
                """
                SELECT p.accepted_at, p.envelope, m.envelope, m.rowid, length(m.body),
                       CASE WHEN length(m.body) <= ?3 THEN m.body END
                FROM part p LEFT JOIN message m ON m.id = p.message_id
                WHERE p.message_id = ?1 AND p.queue_key = ?2
                """)
            .Bind(1, part.Message)
            .Bind(2, part.Queue.Value)
            .Bind(3, LargeBody);
        try
        {
            if (!select.Step()) return null;
            var acceptedAt = StoredTime.FromMicroseconds(select.GetInt64(0));
            var partEnvelope = select.GetBlob(1).ToArray();
            if (select.IsNull(2)) return new PartRow(acceptedAt, partEnvelope, null, null);
            return new PartRow(acceptedAt, partEnvelope, select.GetBlob(2).ToArray(), ReadBody(session, select, 3, 4, 5, maxContent));
        }
        finally
        {
            select.Reset();
        }
    }

    public static IReadOnlyDictionary<MessageId, byte[]?> FindExisting(
        SqliteSession session, QueueKey queue, IReadOnlyList<MessageId> messages)
    {
        var select = session.Prepare("SELECT moved FROM part WHERE message_id = ?1 AND queue_key = ?2").Bind(2, queue.Value);
        Dictionary<MessageId, byte[]?> found = [];
        foreach (var message in messages)
        {
            if (select.Bind(1, message).Step()) found[message] = select.IsNull(0) ? null : select.GetBlob(0).ToArray();
            select.Reset();
        }

        return found;
    }

    public static UnclaimedPage FindUnclaimed(SqliteSession session, DateTimeOffset acceptedBefore, PartId? after, int limit)
    {
        // Without LIMIT: damaged rows do not count towards the limit of the page.
        var select = session.Prepare(
                """
                SELECT message_id, queue_key, recipients, accepted_at, send_after, priority, deliver_by_mode, deliver_within FROM part
                WHERE handed_off = 0 AND (message_id, queue_key) > (?1, ?2) AND message_id < ?3 AND accepted_at < ?4
                ORDER BY message_id, queue_key
                """)
            .Bind(1, after?.Message ?? default)
            .Bind(2, after?.Queue.Value ?? "")
            .Bind(3, StoredTime.UpperBound(acceptedBefore))
            .Bind(4, StoredTime.ToMicroseconds(acceptedBefore));
        var page = new UnclaimedPage();
        while (!page.IsFull(limit) && select.Step())
        {
            page.Add(
                select.GetBlob(0), select.GetText(1), select.GetInt64(2), StoredTime.TryFromMicroseconds(select.GetInt64(3)),
                new PartHandling(select.GetInt64(4), select.GetInt64(5), select.GetInt64(6), select.GetInt64(7)));
        }

        select.Reset();
        return page;
    }

    private static byte[] ReadPiece(sqlite3 database, long rowId, int length)
    {
        var code = raw.sqlite3_blob_open(database, "main", "message", "body", rowId, 0, out var blob);
        if (code != raw.SQLITE_OK) throw SqliteFault.Of(database, code);
        using (blob)
        {
            var content = GC.AllocateUninitializedArray<byte>(length);
            code = raw.sqlite3_blob_read(blob, content, 0);
            return code == raw.SQLITE_OK ? content : throw SqliteFault.Of(database, code);
        }
    }
}
