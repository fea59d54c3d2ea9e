namespace Postfleet.Spool.Common;

/// <summary>The kinds of counted rows. The numbers are stored.</summary>
public enum ReportCountKind
{
    /// <summary>Messages by their DMARC results, for aggregate reports (RFC 9990).</summary>
    Dmarc = 1,
}

/// <summary>What is counted for one report: the rows about a subject of one day.</summary>
/// <param name="Day">The day in UTC.</param>
/// <param name="Subject">The domain that the report is about.</param>
public readonly record struct ReportCountKey(DateOnly Day, string Subject);

/// <summary>A counted row.</summary>
/// <param name="Key">The day and the subject.</param>
/// <param name="Hash">16 octets that are equal for equal data.</param>
/// <param name="Data">The data, opaque to the storage.</param>
/// <param name="Count">How often the row was counted.</param>
public sealed record ReportCount(ReportCountKey Key, ReadOnlyMemory<byte> Hash, ReadOnlyMemory<byte> Data, long Count);

/// <summary>
/// Counts for reports to other operators, over all nodes. The data of a row are opaque here. Thread-safe.
/// </summary>
/// <remarks>
/// The methods throw <see cref="SpoolUnavailableException"/> when the storage fails. The rows of a failed <see cref="AddAsync"/> may be
/// counted all the same.
/// </remarks>
public interface IReportCountStore
{
    /// <summary>The most rows of an addition.</summary>
    const int MaxBatch = 500;

    /// <summary>Adds to the counts of rows, and makes missing rows, in one transaction.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="rows">At most <see cref="MaxBatch"/> rows, each once.</param>
    /// <param name="cancellationToken">Ends the wait; the rows may be counted all the same.</param>
    ValueTask AddAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken);

    /// <summary>Lists the reports of which there are rows, by day and then by the octets of the subject.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="before">Only days before this one.</param>
    /// <param name="after">Only those behind this one; null for the first.</param>
    /// <param name="limit">The maximum number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<ReportCountKey>> ListAsync(
        ReportCountKind kind, DateOnly before, ReportCountKey? after, int limit, CancellationToken cancellationToken);

    /// <summary>Reads the rows of a report, those with the greatest counts first.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="key">The day and the subject.</param>
    /// <param name="limit">The maximum number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<ReportCount>> ReadAsync(
        ReportCountKind kind, ReportCountKey key, int limit, CancellationToken cancellationToken);

    /// <summary>Deletes rows as they were read: a row that was counted since then stays, with what was added.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellationToken">Ends the wait; the rows may be deleted all the same.</param>
    ValueTask DeleteAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken);
}
