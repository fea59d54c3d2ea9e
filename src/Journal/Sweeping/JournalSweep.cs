using Postfleet.Journal.Common;

namespace Postfleet.Journal.Sweeping;

/// <summary>The result of sweeping a page of the queues' journal.</summary>
/// <param name="Last">The position of the page's last row, after which the next page begins; null when no later row is old enough.</param>
/// <param name="Swept">The number of rows deleted.</param>
internal readonly record struct SweepPage(long? Last, int Swept);

/// <summary>Deletes the last rows of long-empty queues, page by page. <see cref="JournalSweeper"/> calls it.</summary>
internal abstract class JournalSweep
{
    /// <summary>
    /// Reads a page of rows, oldest first, and deletes the rows left by empty queues. The same transaction first raises the floor above
    /// their numbers. Writes to the queues' journal wait for this transaction.
    /// </summary>
    /// <param name="after">The position of the previous page's last row; 0 for the first page.</param>
    /// <param name="before">Rows written at this time or later are kept.</param>
    /// <param name="rows">The most rows of a page.</param>
    /// <param name="cancellationToken">Cancels the sweep before its transaction.</param>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, or a write holds the lock for too long.</exception>
    public async Task<SweepPage> SweepAsync(long after, DateTimeOffset before, int rows, CancellationToken cancellationToken)
    {
        var page = await ReadAsync(after, rows, cancellationToken);
        // Positions grow with the time of the write, except for differences between clocks: after a whole page of young rows no old row
        // follows.
        var isLast = page.Count < rows || page.TrueForAll(row => row.Created >= before.UtcTicks);
        var gone = page.FindAll(row => row.IsDeleted && row.Created < before.UtcTicks);
        var swept = gone.Count == 0 ? 0
            : await DeleteAsync([.. gone.Select(row => row.Place)], gone.Max(row => row.Number), cancellationToken);
        return new SweepPage(isLast ? null : page[^1].Place, swept);
    }

    /// <summary>Reads the rows after a position.</summary>
    protected abstract Task<List<SweptRow>> ReadAsync(long after, int rows, CancellationToken cancellationToken);

    /// <summary>Raises the floor above a number if it is lower, and deletes rows, while no row is written.</summary>
    protected abstract Task<int> DeleteAsync(long[] places, long highest, CancellationToken cancellationToken);

    /// <summary>The columns of a row read by the sweep.</summary>
    /// <param name="Place">Its position in the table (column <c>ordering</c>).</param>
    /// <param name="Created">The time of the write in ticks.</param>
    /// <param name="IsDeleted">Whether its empty queue has deleted it; only its number is left.</param>
    /// <param name="Number">Its sequence number.</param>
    protected readonly record struct SweptRow(long Place, long Created, bool IsDeleted, long Number);

    /// <summary>The statement for a page of rows.</summary>
    protected const string Page =
        $"SELECT ordering, created, deleted, sequence_number FROM {JournalSchema.QueueTable} " +
        "WHERE ordering > @after ORDER BY ordering LIMIT @rows";
}
