using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>The notes for reports: read on a reader's connection, written on the writer's.</summary>
internal static class SqliteReports
{
    public static ReportRows? Read(SqliteSession session, MessageId message, int maxContent) => SqliteQueries.InOneSnapshot(session, () =>
    {
        var notes = ReadNotes(session, message);
        if (notes.Count == 0) return null;
        var select = session.Prepare(
                """
                SELECT accepted_at, envelope, rowid, length(body), CASE WHEN length(body) <= ?2 THEN body END FROM message WHERE id = ?1
                """)
            .Bind(1, message)
            .Bind(2, SqliteQueries.LargeBody);
        try
        {
            if (!select.Step()) return new ReportRows(null, null, null, notes);
            return new ReportRows(
                StoredTime.TryFromMicroseconds(select.GetInt64(0)), select.GetBlob(1).ToArray(),
                SqliteQueries.ReadBody(session, select, 2, 3, 4, maxContent), notes);
        }
        finally
        {
            select.Reset();
        }
    });

    public static IReadOnlyList<DueReport> FindDue(SqliteSession session, DateTimeOffset notedBefore, long after, int limit)
    {
        // A row with a damaged message id belongs to no message.
        var select = session.Prepare(
            "SELECT id, message_id FROM pending_report WHERE id > ?1 AND noted_at < ?2 AND length(message_id) = 16 ORDER BY id LIMIT ?3")
            .Bind(1, after)
            .Bind(2, StoredTime.ToMicroseconds(notedBefore))
            .Bind(3, limit);
        List<DueReport> due = [];
        while (select.Step()) due.Add(new DueReport(select.GetInt64(0), MessageId.FromBytes(select.GetBlob(1))));
        select.Reset();
        return due;
    }

    /// <summary>Stores the note of a settlement for a later report.</summary>
    public static void Note(SqliteSession session, SettleOperation settle) =>
        Note(session, settle.Part.Message, settle.NotedAt, settle.Note!);

    /// <summary>Stores a note for a later report.</summary>
    public static void Note(SqliteSession session, MessageId message, DateTimeOffset at, byte[] note) => session
        .Prepare("INSERT INTO pending_report (message_id, noted_at, content) VALUES (?1, ?2, ?3)")
        .Bind(1, message)
        .Bind(2, StoredTime.ToMicroseconds(at))
        .Bind(3, note)
        .Run();

    /// <summary>Deletes the rows of a report if all of them are there.</summary>
    public static bool TryEnd(SqliteSession session, ReportOperation report)
    {
        var exists = session.Prepare("SELECT 1 FROM pending_report WHERE id = ?1 AND message_id = ?2").Bind(2, report.Message);
        foreach (var row in report.Rows)
        {
            var isThere = exists.Bind(1, row).Step();
            exists.Reset();
            if (!isThere) return false;
        }

        var delete = session.Prepare("DELETE FROM pending_report WHERE id = ?1");
        foreach (var row in report.Rows) delete.Bind(1, row).Run();
        return true;
    }

    /// <summary>Whether a message without parts has notes.</summary>
    public static bool IsDue(SqliteSession session, MessageId message)
    {
        var select = session.Prepare(
                """
                SELECT EXISTS (SELECT 1 FROM pending_report WHERE message_id = ?1) AND NOT EXISTS (SELECT 1 FROM part WHERE message_id = ?1)
                """)
            .Bind(1, message);
        var isDue = select.Step() && select.GetInt64(0) == 1;
        select.Reset();
        return isDue;
    }

    private static List<NoteRow> ReadNotes(SqliteSession session, MessageId message)
    {
        var select = session.Prepare("SELECT id, content FROM pending_report WHERE message_id = ?1 ORDER BY id").Bind(1, message);
        List<NoteRow> notes = [];
        while (select.Step()) notes.Add(new NoteRow(select.GetInt64(0), select.GetBlob(1).ToArray()));
        select.Reset();
        return notes;
    }
}
