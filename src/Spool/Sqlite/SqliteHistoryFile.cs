using System.Buffers;
using Microsoft.Data.Sqlite;
using Postfleet.Spool.History;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>The writer's connection to <c>history.db</c>. Lives on the mover's thread.</summary>
internal sealed class SqliteHistoryFile : IDisposable
{
    private readonly SqliteSession _session;

    public SqliteHistoryFile(string file)
    {
        _session = SqliteSession.Open(file, SqliteOpenMode.ReadWrite, SqliteHistorySchema.Writer);
        try
        {
            Moved = _session.QueryNumber("SELECT moved FROM history_mark");
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>The number of the last batch moved to the file.</summary>
    public long Moved { get; private set; }

    /// <summary>Stores a block; durable on return.</summary>
    public void Append(HistoryBlock block)
    {
        var size = block.Size;
        var octets = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            block.WriteTo(octets.AsSpan(0, size));
            InTransaction(() =>
            {
                _session.Prepare("INSERT INTO history_block (last, batches) VALUES (?1, ?2)")
                    .Bind(1, block.Last).Bind(2, octets.AsSpan(0, size)).Run();
                _session.Prepare(
                        """
                        INSERT INTO history_index (last, first, min_at, max_at, events, kinds, keys) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                        """)
                    .Bind(1, block.Last).Bind(2, block.First).Bind(3, block.MinAt).Bind(4, block.MaxAt).Bind(5, block.Events)
                    .Bind(6, block.Kinds).Bind(7, block.BuildKeys()).Run();
                _session.Prepare("UPDATE history_mark SET moved = ?1").Bind(1, block.Last).Run();
            });
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }

        Moved = block.Last;
    }

    /// <summary>
    /// Drops the oldest blocks: blocks without an event after a time, and blocks beyond a size. Their pages are used again.
    /// </summary>
    /// <param name="oldest">The time in microseconds.</param>
    /// <param name="maxBytes">The maximum size of the remaining blocks, in octets.</param>
    public void DropOld(long oldest, long maxBytes)
    {
        while (Oldest() is { } block && (block.MaxAt < oldest || Used() > maxBytes))
        {
            InTransaction(() =>
            {
                _session.Prepare("DELETE FROM history_block WHERE last = ?1").Bind(1, block.Last).Run();
                _session.Prepare("DELETE FROM history_index WHERE last = ?1").Bind(1, block.Last).Run();
            });
        }
    }

    public void Dispose() => _session.Dispose();

    private long Used()
    {
        var pages = _session.QueryNumber("PRAGMA page_count") - _session.QueryNumber("PRAGMA freelist_count");
        return pages * _session.QueryNumber("PRAGMA page_size");
    }

    private (long Last, long MaxAt)? Oldest()
    {
        var select = _session.Prepare("SELECT last, max_at FROM history_index ORDER BY last LIMIT 1");
        (long, long)? oldest = select.Step() ? (select.GetInt64(0), select.GetInt64(1)) : null;
        select.Reset();
        return oldest;
    }

    private void InTransaction(Action write)
    {
        _session.Prepare("BEGIN IMMEDIATE").Run();
        try
        {
            write();
            _session.Prepare("COMMIT").Run();
        }
        catch
        {
            if (_session.IsInTransaction) _session.Execute("ROLLBACK");
            throw;
        }
    }
}
