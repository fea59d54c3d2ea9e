using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The events of the embedded history: first the outbox, which has the newest, then the blocks of <c>history.db</c>. Blocks without the
/// values of a search are passed over. Thread-safe.
/// </summary>
internal sealed class SqliteHistorySource(string file, SqliteReaders spool) : IHistorySource, IAsyncDisposable
{
    // The outbox is larger only while the mover fails. Then a chunk ends here, and the next continues.
    private const long MaxTail = 4 * SqliteOutbox.BlockBytes;

    private SqliteReaders _history = NewReaders(file);

    /// <summary>Readers of the present file.</summary>
    public SqliteReaders History => _history;

    /// <inheritdoc/>
    public char Letter => 's';

    /// <inheritdoc/>
    public async ValueTask<HistoryChunk> ReadBackAsync(
        HistoryMatch match, HistoryPosition? before, int limit, TimeSpan within, CancellationToken cancellationToken)
    {
        // The outbox first: batches moved meanwhile are found in the file, which has the number of its last batch.
        var tail = await spool.RunAsync(session => ReadTail(session, before?.Major ?? long.MaxValue), cancellationToken);
        return await _history.RunAsync(
            session => SqliteQueries.InOneSnapshot(session, () => Walk(session, tail, new Collector(match, before, limit), within)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<PartId, PartProgress>> FindPartsAsync(
        IReadOnlyCollection<PartId> parts, CancellationToken cancellationToken) =>
        await spool.RunAsync<IReadOnlyDictionary<PartId, PartProgress>>(session => FindParts(session, parts), cancellationToken);

    /// <summary>Begins to read the file anew, after it was replaced.</summary>
    public async Task ReopenAsync()
    {
        var old = _history;
        _history = NewReaders(file);
        await old.DisposeAsync();
    }

    public ValueTask DisposeAsync() => _history.DisposeAsync();

    private static SqliteReaders NewReaders(string file) =>
        new(() => SqliteSession.Open(file, SqliteOpenMode.ReadWrite, SqliteSchema.Reader));

    private static Dictionary<PartId, PartProgress> FindParts(SqliteSession session, IReadOnlyCollection<PartId> parts)
    {
        var select = session.Prepare("SELECT recipients, max(reported, recorded) FROM part WHERE message_id = ?1 AND queue_key = ?2");
        Dictionary<PartId, PartProgress> found = [];
        foreach (var part in parts)
        {
            if (select.Bind(1, part.Message).Bind(2, part.Queue.Value).Step())
                found[part] = new PartProgress((int)select.GetInt64(0), (int)select.GetInt64(1));
            select.Reset();
        }

        return found;
    }

    private static (List<(long Number, byte[] Batch)> Batches, bool IsWhole) ReadTail(SqliteSession session, long upTo)
    {
        var select = session.Prepare("SELECT number, entries FROM history_outbox WHERE number <= ?1 ORDER BY number DESC").Bind(1, upTo);
        List<(long, byte[])> batches = [];
        var bytes = 0L;
        var isWhole = true;
        while (select.Step())
        {
            batches.Add((select.GetInt64(0), select.GetBlob(1).ToArray()));
            bytes += batches[^1].Item2.Length;
            isWhole = bytes < MaxTail;
            if (!isWhole) break;
        }

        select.Reset();
        return (batches, isWhole);
    }

    private static HistoryChunk Walk(
        SqliteSession session, (List<(long Number, byte[] Batch)> Batches, bool IsWhole) tail, Collector collector, TimeSpan within)
    {
        var start = Stopwatch.GetTimestamp();
        var moved = session.QueryNumber("SELECT moved FROM history_mark");
        var isWhole = tail.IsWhole;
        foreach (var (number, batch) in tail.Batches)
        {
            if (number <= moved)
            {
                isWhole = true;
                break;
            }

            if (!collector.Take(number, batch)) return collector.Chunk;
        }

        if (!isWhole) return collector.ChunkBefore(tail.Batches[^1].Number);
        var select = session.Prepare(
                "SELECT last, first, min_at, max_at, kinds, keys FROM history_index WHERE first <= ?1 ORDER BY last DESC")
            .Bind(1, collector.Before?.Major ?? long.MaxValue);
        try
        {
            while (select.Step())
            {
                var (last, first) = (select.GetInt64(0), select.GetInt64(1));
                if (Stopwatch.GetElapsedTime(start) >= within) return collector.ChunkBefore(last + 1);
                var mayMatch = collector.Match.MayMatch(
                    select.GetBlob(5), (int)select.GetInt64(4), select.GetInt64(2), select.GetInt64(3));
                if (mayMatch && !ReadBlock(session, last, collector)) return collector.Chunk;
            }
        }
        finally
        {
            select.Reset();
        }

        return collector.ChunkBefore(null);
    }

    private static bool ReadBlock(SqliteSession session, long last, Collector collector)
    {
        var select = session.Prepare("SELECT batches FROM history_block WHERE last = ?1").Bind(1, last);
        try
        {
            if (!select.Step()) return true;
            var groups = HistoryBlock.Read(select.GetBlob(0));
            for (var i = groups.Count - 1; i >= 0; i--) if (!collector.Take(groups[i].Number, groups[i].Batch.Span)) return false;
            return true;
        }
        finally
        {
            select.Reset();
        }
    }

    /// <summary>Collects the events of batches, the newest batch first.</summary>
    private sealed class Collector(HistoryMatch match, HistoryPosition? before, int limit)
    {
        private readonly List<HistoryEvent> _batch = [];
        private readonly List<FoundEvent> _found = [];

        public HistoryMatch Match => match;

        public HistoryPosition? Before => before;

        /// <summary>The chunk once the limit is reached.</summary>
        public HistoryChunk Chunk => new(_found, _found[^1].Position);

        /// <summary>The chunk where the walk continues below a number; null for the end.</summary>
        public HistoryChunk ChunkBefore(long? number) => new(_found, number is { } next ? HistoryPosition.Before(next) : null);

        /// <summary>Takes a batch; false when the limit is reached.</summary>
        public bool Take(long number, ReadOnlySpan<byte> batch)
        {
            if (number > before?.Major) return true;
            _batch.Clear();
            HistoryBlock.ReadBatch(batch, _batch);
            for (var place = _batch.Count - 1; place >= 0; place--)
            {
                if (number == before?.Major && place >= before?.Minor) continue;
                if (!match.Matches(_batch[place])) continue;
                _found.Add(new FoundEvent(_batch[place], new HistoryPosition(number, default, place, 0, "")));
                if (_found.Count == limit) return false;
            }

            return true;
        }
    }
}
