using Microsoft.Data.Sqlite;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.History.Wire;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;
using SQLitePCL;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// Runs the operations of a batch in sequence, in a single transaction of the writer's connection. <see cref="SqliteStorage"/> calls it on
/// the writer's thread.
/// </summary>
internal sealed class SqliteWriter(
    SqliteSession session, CaptureBounds bounds, DiskSpaceGuard space, ISqliteOutcomeWriter? outcomes = null) : IDisposable
{
    // The history of the transaction; unused without a writer of outcomes.
    private readonly List<StoredHistoryEntry> _entries = [];

    public SqliteSession Session => session;

    public void Commit(IReadOnlyList<WriteOperation> operations)
    {
        space.Refresh(session);
        session.Prepare("BEGIN IMMEDIATE").Run();
        try
        {
            foreach (var operation in operations) Apply(operation);
            if (space.IsScarce && _entries.Count > 0)
            {
                outcomes!.Skipped();
                _entries.Clear();
            }

            if (_entries.Count > 0) outcomes!.Write(session, _entries);
            session.Prepare("COMMIT").Run();
            if (_entries.Count > 0) outcomes!.Committed();
        }
        catch (Exception e)
        {
            if (session.IsInTransaction) session.Execute("ROLLBACK");
            if (e is SqliteException { SqliteErrorCode: raw.SQLITE_FULL }) space.Invalidate();
            throw;
        }
        finally
        {
            _entries.Clear();
        }
    }

    /// <summary>Checks whether mail could be stored now: the volume has space, and no other process locks the file.</summary>
    /// <exception cref="IOException">The volume is full.</exception>
    /// <exception cref="SqliteException">The file cannot be written to.</exception>
    public void Probe()
    {
        space.Refresh(session);
        if (space.IsLow) throw new IOException("the spool's volume has no space for mail");
        session.Prepare("BEGIN IMMEDIATE").Run();
        session.Prepare("ROLLBACK").Run();
    }

    /// <summary>See <see cref="Common.IPartLedger.ReofferAsync"/>.</summary>
    public int Reoffer(QueueKey queue) =>
        session.Prepare("UPDATE part SET handed_off = 0, reported = 0, recorded = 0 WHERE queue_key = ?1").Bind(1, queue.Value).Run();

    public void Dispose() => session.Dispose();

    private void Apply(WriteOperation operation)
    {
        switch (operation)
        {
            case StoreOperation store:
                store.HasNoSpace = space.IsLow;
                store.Repeated = store.HasNoSpace || store.Key is not { } key ? null : SqliteKeys.TryClaim(session, key, store.Stored);
                if (store.HasNoSpace || store.Repeated is not null) break;
                Insert(store.Stored);
                space.AddWritten(store.Weight);
                break;
            case SettleOperation settle:
                Settle(settle);
                break;
            case RecordOperation record:
                if (outcomes is not null) Record(record);
                break;
            case MarkOperation mark:
                Mark(mark);
                break;
            case ReportOperation report:
                End(report);
                break;
            case CaptureOperation capture:
                SqliteCapture.Keep(session, capture, bounds);
                break;
            case DropCapturedOperation drop:
                drop.Deleted = SqliteCapture.Drop(session, drop);
                break;
            default:
                throw new InvalidOperationException($"unknown operation {operation.GetType().Name}");
        }
    }

    private void Insert(EncodedMessage message)
    {
        var acceptedAt = StoredTime.ToMicroseconds(message.AcceptedAt);
        session.Prepare("INSERT INTO message (id, accepted_at, envelope, body) VALUES (?1, ?2, ?3, ?4)")
            .Bind(1, message.Id)
            .Bind(2, acceptedAt)
            .Bind(3, message.Envelope)
            .Bind(4, message.Content.Octets)
            .Run();
        var insert = session.Prepare(
            """
            INSERT INTO part (
              message_id, queue_key, accepted_at, recipients, envelope, send_after, priority, deliver_by_mode, deliver_within)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """);
        var queued = default(QueuedPart).With(message.Source.Envelope);
        foreach (var part in message.Parts)
            insert.Bind(1, message.Id).Bind(2, part.Id.Queue.Value).Bind(3, acceptedAt).Bind(4, part.Recipients).Bind(5, part.Envelope)
                .Bind(6, queued.SendAfter).Bind(7, queued.Priority).Bind(8, (int)queued.DeliverByMode).Bind(9, queued.DeliverWithin).Run();
        if (message.Note is { } note) SqliteReports.Note(session, message.Id, message.AcceptedAt, note);
        if (KeepsAll) _entries.Add(HistoryEntries.Accepted(message));
    }

    private bool KeepsAll => outcomes?.Keep == HistoryKeep.All;

    private void Settle(SettleOperation settle)
    {
        // The row of the other queue is a copy, made while the row of this one exists.
        if (settle.Move is { } move) Copy(settle, move.To, move.Moves, move.State);
        settle.Applied = outcomes is null || settle.Outcomes is null ? SettlePart(settle) : SettlePart(settle, settle.Outcomes);
        if (!settle.Applied) return;
        if (settle.Notification is { } notification)
        {
            if (KeepsAll)
            {
                _entries.Add(HistoryEntries.Notified(
                    settle.Part.Message, settle.Part.Queue, settle.Attempt, EnvelopeOf(settle.Part.Message), notification));
            }

            Insert(notification);
        }

        if (settle.Note is not null) SqliteReports.Note(session, settle);
        if (!settle.IsFinal || settle.Move is not null) return;
        settle.IsReportDue = !DeleteMessage(settle.Part.Message) && SqliteReports.IsDue(session, settle.Part.Message);
    }

    private void Copy(SettleOperation settle, QueueKey to, int moves, byte[] state) => session.Prepare(
            """
            INSERT INTO part (
              message_id, queue_key, accepted_at, recipients, reported, envelope, recorded, send_after, moves, moved, priority,
              deliver_by_mode, deliver_within)
            SELECT message_id, ?4, accepted_at, recipients, ?3, envelope, ?3, send_after, ?5, ?6, priority, deliver_by_mode, deliver_within
            FROM part
            WHERE message_id = ?1 AND queue_key = ?2 AND reported < ?3
            """)
        .Bind(1, settle.Part.Message).Bind(2, settle.Part.Queue.Value).Bind(3, settle.Attempt).Bind(4, to.Value).Bind(5, moves)
        .Bind(6, state).Run();

    private bool SettlePart(SettleOperation settle)
    {
        var statement = settle.IsFinal
            ? session.Prepare("DELETE FROM part WHERE message_id = ?1 AND queue_key = ?2 AND reported < ?3")
            : session.Prepare("UPDATE part SET reported = ?3 WHERE message_id = ?1 AND queue_key = ?2 AND reported < ?3");
        return statement.Bind(1, settle.Part.Message).Bind(2, settle.Part.Queue.Value).Bind(3, settle.Attempt).Run() == 1;
    }

    // The same with RETURNING: the addresses for the outcomes come from the changed row.
    private bool SettlePart(SettleOperation settle, PartOutcomes ended)
    {
        var statement = settle.IsFinal
            ? session.Prepare("DELETE FROM part WHERE message_id = ?1 AND queue_key = ?2 AND reported < ?3 RETURNING envelope")
            : session.Prepare(
                "UPDATE part SET reported = ?3 WHERE message_id = ?1 AND queue_key = ?2 AND reported < ?3 RETURNING envelope");
        statement.Bind(1, settle.Part.Message).Bind(2, settle.Part.Queue.Value).Bind(3, settle.Attempt);
        return AddEntry(statement, settle.Recorded, settle.Attempt, ended);
    }

    // The number in the row keeps a repeated event out of the history.
    private void Record(RecordOperation record) => AddEntry(
        session.Prepare(
                "UPDATE part SET recorded = ?3 WHERE message_id = ?1 AND queue_key = ?2 AND recorded < ?3 RETURNING envelope")
            .Bind(1, record.Part.Message)
            .Bind(2, record.Part.Queue.Value)
            .Bind(3, record.Number),
        record.Part, record.Number, record.Outcomes);

    private bool AddEntry(SqliteStatement statement, PartId part, int number, PartOutcomes ended)
    {
        if (ReadEnvelope(statement) is not { } envelope) return false;
        _entries.Add(HistoryEntries.Ended(part, number, ended, envelope, EnvelopeOf(part.Message)));
        return true;
    }

    private byte[]? EnvelopeOf(MessageId message) =>
        ReadEnvelope(session.Prepare("SELECT envelope FROM message WHERE id = ?1").Bind(1, message));

    private static byte[]? ReadEnvelope(SqliteStatement statement)
    {
        try
        {
            return statement.Step() ? statement.GetBlob(0).ToArray() : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private void End(ReportOperation report)
    {
        report.Applied = SqliteReports.TryEnd(session, report);
        if (!report.Applied) return;
        if (report.Notification is { } notification)
        {
            if (KeepsAll)
                _entries.Add(HistoryEntries.Notified(report.Message, default, 0, EnvelopeOf(report.Message), notification));
            Insert(notification);
        }

        DeleteMessage(report.Message);
    }

    // Keeps the row while a part or a note of the message exists.
    private bool DeleteMessage(MessageId message) => session.Prepare(
            """
            DELETE FROM message WHERE id = ?1
              AND NOT EXISTS (SELECT 1 FROM part WHERE message_id = ?1) AND NOT EXISTS (SELECT 1 FROM pending_report WHERE message_id = ?1)
            """)
        .Bind(1, message)
        .Run() == 1;

    private void Mark(MarkOperation mark)
    {
        var update = session.Prepare(
            """
            UPDATE part SET handed_off = 1
            WHERE message_id = ?1 AND queue_key = ?2 AND (moves = ?3 OR ?3 < 0) AND handed_off = 0
            """);
        foreach (var part in mark.Parts)
            update.Bind(1, part.Part.Message).Bind(2, part.Part.Queue.Value).Bind(3, part.Moves).Run();
    }
}
