using Postfleet.Journal.Common;

namespace Postfleet.Journal.Sweeping;

/// <summary>What a sweep found on a page of the queues' journal.</summary>
/// <param name="Last">The place of the page's last row, where the next page begins; null when nothing behind it is old enough.</param>
/// <param name="Swept">Rows that were deleted.</param>
internal readonly record struct SweepPage(long? Last, int Swept);

/// <summary>Deletes the last rows of queues that have been empty for long, a page of the journal at a time.</summary>
internal abstract class JournalSweep
{
    /// <summary>
    /// Reads a page of rows, oldest first, and deletes those that a queue left when it emptied. Before they go, in the same transaction,
    /// the floor is raised above their numbers. No row is written to the queues' journal meanwhile.
    /// </summary>
    /// <param name="after">Where the page begins: the last row's place of the one before; 0 at first.</param>
    /// <param name="before">Rows that were written later stay.</param>
    /// <param name="rows">Most rows of a page.</param>
    /// <param name="cancellationToken">Cancels it before its transaction.</param>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, or writes take too long to wait for.</exception>
    public async Task<SweepPage> SweepAsync(long after, DateTimeOffset before, int rows, CancellationToken cancellationToken)
    {
        var page = await ReadAsync(after, rows, cancellationToken);
        // The places of rows follow the time of their writing but for the clocks' differences: a whole page of young rows says that only
        // young ones follow.
        var isLast = page.Count < rows || page.TrueForAll(row => row.Created >= before.UtcTicks);
        var gone = page.FindAll(row => row.IsDeleted && row.Created < before.UtcTicks);
        var swept = gone.Count == 0 ? 0
            : await DeleteAsync([.. gone.Select(row => row.Place)], gone.Max(row => row.Number), cancellationToken);
        return new SweepPage(isLast ? null : page[^1].Place, swept);
    }

    /// <summary>Reads rows behind a place.</summary>
    protected abstract Task<List<SweptRow>> ReadAsync(long after, int rows, CancellationToken cancellationToken);

    /// <summary>Raises the floor above a number where it is not, and deletes rows, while nobody writes.</summary>
    protected abstract Task<int> DeleteAsync(long[] places, long highest, CancellationToken cancellationToken);

    /// <summary>A row as the sweep sees it.</summary>
    /// <param name="Place">Its place in the table.</param>
    /// <param name="Created">When it was written.</param>
    /// <param name="IsDeleted">Whether its queue was empty and has deleted it: only its number is left.</param>
    /// <param name="Number">Its number.</param>
    protected readonly record struct SweptRow(long Place, long Created, bool IsDeleted, long Number);

    /// <summary>The statement for a page of rows.</summary>
    protected const string Page =
        $"SELECT ordering, created, deleted, sequence_number FROM {JournalSchema.QueueTable} WHERE ordering > @after ORDER BY ordering LIMIT @rows";
}
