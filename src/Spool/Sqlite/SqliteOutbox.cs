using System.Buffers;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Postfleet.Spool.Common;
using Postfleet.Spool.History.Wire;
using Postfleet.Storage.Sqlite;
using SQLitePCL;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// Keeps events in the table <c>history_outbox</c> of the spool, all events of a transaction in one row, until the mover has them in
/// <c>history.db</c>. A transaction over both files would cost a second flush, and in WAL mode it would not be atomic. Moved rows are
/// deleted in the transaction of the next row. Beyond a bound the oldest rows are dropped: a failing history stops no mail.
/// The spool's writer calls it on its thread, the mover on another.
/// </summary>
internal sealed class SqliteOutbox(HistoryKeep keep, ILogger logger, TimeProvider time) : ISqliteOutcomeWriter
{
    /// <summary>The size of a block, in octets of rows: so much waits here for the mover.</summary>
    public const long BlockBytes = 512 << 10;

    /// <summary>The maximum octets of rows while the mover fails.</summary>
    public const long MaxBytes = 64 << 20;

    /// <summary>Least time between two log lines about failures.</summary>
    public static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    // Longer lists of events are divided among rows, which bounds the memory of the mover.
    private const int EntriesOfRow = 256;

    private readonly Lock _lock = new();
    private readonly StoredHistoryBatch _batch = new();
    private long? _logged;

    // The writer's thread alone.
    private long _last;
    private long _written;
    private long _bytes;
    private long _added;
    private long _deleted;
    private (long Number, long Bytes) _deleting;

    // Both threads, under the lock.
    private (long Number, long Bytes) _moved;

    /// <summary>Called after a commit when rows for a block wait.</summary>
    public Action Filled { get; set; } = () => { };

    /// <summary>Called after a commit with events.</summary>
    public Action Written { get; set; } = () => { };

    /// <inheritdoc/>
    public HistoryKeep Keep => keep;

    /// <summary>
    /// Says which rows are in <c>history.db</c>: they will be deleted. Numbers of new rows are above, even where this table is empty.
    /// </summary>
    public void Moved(long number, long bytes)
    {
        lock (_lock) _moved = (Math.Max(number, _moved.Number), _moved.Bytes + bytes);
    }

    /// <inheritdoc/>
    public void Opened(SqliteSession session)
    {
        _last = Math.Max(_last, session.QueryNumber("SELECT max(number) FROM history_outbox"));
        _bytes = session.QueryNumber("SELECT sum(length(entries)) FROM history_outbox");
    }

    /// <inheritdoc/>
    public void Write(SqliteSession session, IReadOnlyList<StoredHistoryEntry> entries)
    {
        (_added, _deleting, _written) = (0, default, _last);
        try
        {
            DeleteMoved(session);
            for (var i = 0; i < entries.Count; i += EntriesOfRow) Insert(session, entries, i, Math.Min(entries.Count, i + EntriesOfRow));
            if (_bytes + _added - _deleting.Bytes > MaxBytes) DropOldest(session);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_ERROR or raw.SQLITE_CONSTRAINT && session.IsInTransaction)
        {
            // The statement had no effect, and the mail in the transaction does not depend on it.
            if (MayLog()) SpoolLog.HistoryFails(logger, e, "events are lost");
            SpoolMetrics.HistoryDropped(entries.Count);
            // A number without a row: readers of the feed see that events are missing.
            _written++;
        }
    }

    /// <inheritdoc/>
    public void Skipped() => _last++;

    /// <inheritdoc/>
    public void Committed()
    {
        _last = _written;
        _bytes += _added - _deleting.Bytes;
        _deleted = Math.Max(_deleted, _deleting.Number);
        long waiting;
        lock (_lock)
        {
            _moved.Bytes -= _deleting.Bytes;
            waiting = _bytes - _moved.Bytes;
        }

        (_added, _deleting) = (0, default);
        if (waiting >= BlockBytes) Filled();
        Written();
    }

    private void DeleteMoved(SqliteSession session)
    {
        lock (_lock) _deleting = _moved;
        _written = Math.Max(_written, _deleting.Number);
        if (_deleting.Number > _deleted)
            session.Prepare("DELETE FROM history_outbox WHERE number <= ?1").Bind(1, _deleting.Number).Run();
    }

    private void Insert(SqliteSession session, IReadOnlyList<StoredHistoryEntry> entries, int from, int to)
    {
        for (var i = from; i < to; i++) _batch.Entries.Add(entries[i]);
        var size = _batch.CalculateSize();
        var octets = ArrayPool<byte>.Shared.Rent(size);
        _batch.WriteTo(octets.AsSpan(0, size));
        _batch.Entries.Clear();
        try
        {
            session.Prepare("INSERT INTO history_outbox (number, entries) VALUES (?1, ?2)")
                .Bind(1, ++_written).Bind(2, octets.AsSpan(0, size)).Run();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }

        _added += size;
    }

    // Half of the rows at once: this is rare, and counts the octets of the rest anew.
    private void DropOldest(SqliteSession session)
    {
        var rows = session.Prepare(
                "DELETE FROM history_outbox WHERE number <= (SELECT (min(number) + max(number)) / 2 FROM history_outbox)")
            .Run();
        _bytes = session.QueryNumber("SELECT sum(length(entries)) FROM history_outbox") - _added + _deleting.Bytes;
        if (MayLog()) SpoolLog.HistoryDropped(logger, "history.db takes no events; the oldest that wait for it are gone");
        SpoolMetrics.HistoryDropped(rows);
    }

    private bool MayLog()
    {
        if (_logged is { } last && time.GetElapsedTime(last) < LogInterval) return false;
        _logged = time.GetTimestamp();
        return true;
    }
}
