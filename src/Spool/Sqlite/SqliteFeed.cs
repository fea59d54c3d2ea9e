using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The feed over the outbox and the blocks of <c>history.db</c>, in the order of the numbers of batches, which is the order of the
/// commits. A missing number is a gap. Thread-safe.
/// </summary>
/// <param name="history">Readers of <c>history.db</c>.</param>
/// <param name="spool">Readers of the spool.</param>
internal sealed class SqliteFeed(Func<SqliteReaders> history, SqliteReaders spool) : IFeedSource
{
    // Rows of the outbox for a page, in octets.
    private const long MaxTail = 2 * SqliteOutbox.BlockBytes;

    // Blocks with the values of the query, for a page.
    private const int MaxBlocks = 8;

    // Blocks without them are passed over.
    private const int MaxPassed = 20_000;

    /// <inheritdoc/>
    public char Letter => 's';

    /// <inheritdoc/>
    public async ValueTask<FeedPosition> GetEndAsync(CancellationToken cancellationToken)
    {
        var last = await spool.RunAsync(session => session.QueryNumber("SELECT max(number) FROM history_outbox"), cancellationToken);
        var moved = await history().RunAsync(session => session.QueryNumber("SELECT moved FROM history_mark"), cancellationToken);
        return Before(Math.Max(last, moved) + 1);
    }

    /// <inheritdoc/>
    public async ValueTask<FeedPage> ReadAsync(
        HistoryMatch match, FeedPosition after, FeedPosition? until, int limit, CancellationToken cancellationToken)
    {
        // The outbox first: batches that are moved meanwhile are found in the file.
        var tail = await spool.RunAsync(
            session => SqliteQueries.InOneSnapshot(session, () => ReadTail(session, after.Transaction)), cancellationToken);
        var collector = new FeedCollector(match, after, until, limit);
        var isWhole = true;
        if (tail.First > after.Transaction || tail.First == 0)
        {
            isWhole = await history().RunAsync(
                session => SqliteQueries.InOneSnapshot(session, () => ReadFile(session, collector)), cancellationToken);
            // An end before the position belongs to another file: the spool was replaced.
            if (tail.Batches.Count == 0 && tail.Last + 1 < after.Transaction && collector.FileEnd + 1 < after.Transaction)
                return new FeedPage([], Before(Math.Max(tail.Last, collector.FileEnd) + 1), false) { HasGap = true };
        }
        else if (tail.Last + 1 < after.Transaction)
        {
            return new FeedPage([], Before(tail.Last + 1), false) { HasGap = true };
        }

        if (isWhole)
        {
            foreach (var (number, batch) in tail.Batches)
            {
                if (number < collector.Next) continue;
                isWhole = collector.Add(number, batch);
                if (!isWhole) break;
            }
        }

        return new FeedPage(collector.Found, collector.Position, HasMore: !isWhole && !collector.IsAtEnd || isWhole && !tail.IsWhole)
        {
            HasGap = collector.HasGap,
        };
    }

    private static FeedPosition Before(long number) => new() { Engine = 's', Transaction = number };

    private static OutboxTail ReadTail(SqliteSession session, long from)
    {
        var (first, last) = (
            session.QueryNumber("SELECT min(number) FROM history_outbox"), session.QueryNumber("SELECT max(number) FROM history_outbox"));
        List<(long, byte[])> batches = [];
        if (last < from) return new OutboxTail(first, last, batches, true);
        var select = session.Prepare("SELECT number, entries FROM history_outbox WHERE number >= ?1 ORDER BY number").Bind(1, from);
        var bytes = 0L;
        try
        {
            while (select.Step())
            {
                batches.Add((select.GetInt64(0), select.GetBlob(1).ToArray()));
                bytes += batches[^1].Item2.Length;
                if (bytes >= MaxTail) return new OutboxTail(first, last, batches, batches[^1].Item1 == last);
            }
        }
        finally
        {
            select.Reset();
        }

        return new OutboxTail(first, last, batches, true);
    }

    // True when all batches in the file were read.
    private static bool ReadFile(SqliteSession session, FeedCollector collector)
    {
        collector.FileEnd = session.QueryNumber("SELECT moved FROM history_mark");
        var (blocks, passed) = (0, 0);
        var select = session.Prepare(
                "SELECT last, first, min_at, max_at, kinds, keys FROM history_index WHERE last >= ?1 ORDER BY last")
            .Bind(1, collector.Next);
        try
        {
            while (select.Step())
            {
                var (last, first) = (select.GetInt64(0), select.GetInt64(1));
                if (passed++ == MaxPassed || blocks == MaxBlocks) return false;
                if (!collector.Match.MayMatch(
                    select.GetBlob(5), (int)select.GetInt64(4), select.GetInt64(2), select.GetInt64(3)))
                {
                    if (!collector.Pass(first, last)) return false;
                    continue;
                }

                blocks++;
                if (!ReadBlock(session, last, collector)) return false;
            }
        }
        finally
        {
            select.Reset();
        }

        return true;
    }

    private static bool ReadBlock(SqliteSession session, long last, FeedCollector collector)
    {
        var select = session.Prepare("SELECT batches FROM history_block WHERE last = ?1").Bind(1, last);
        try
        {
            if (!select.Step()) return true;
            foreach (var group in HistoryBlock.Read(select.GetBlob(0)))
                if (group.Number >= collector.Next && !collector.Add(group.Number, group.Batch.Span)) return false;
            return true;
        }
        finally
        {
            select.Reset();
        }
    }

    /// <summary>Rows of the outbox.</summary>
    /// <param name="First">The first number in the outbox; 0 if it is empty.</param>
    /// <param name="Last">The last number in the outbox; 0 if it is empty.</param>
    /// <param name="Batches">The rows from the position on.</param>
    /// <param name="IsWhole">Whether these are all.</param>
    private sealed record OutboxTail(long First, long Last, List<(long Number, byte[] Batch)> Batches, bool IsWhole);
}
