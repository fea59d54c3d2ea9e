using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>A part as an operator's action looks at it.</summary>
/// <param name="Id">The part.</param>
/// <param name="ReversePath">The reverse-path; empty for the null reverse-path, and where the row is damaged.</param>
/// <param name="User">The authenticated user; empty for none.</param>
public sealed record ScannedPart(PartId Id, string ReversePath, string User);

/// <summary>
/// Goes through all parts of the spool, a page at a time, for work in the background. Reads whole tables; delivery never calls it.
/// Thread-safe.
/// </summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails; the caller tries again later.</remarks>
public interface IPartScanner
{
    /// <summary>Lists the queues with parts, in the order of their keys.</summary>
    /// <param name="after">The queue where the last page ended; null for the first page.</param>
    /// <param name="limit">Most queues to list.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    ValueTask<IReadOnlyList<QueueKey>> ListQueuesAsync(QueueKey? after, int limit, CancellationToken cancellationToken);

    /// <summary>Lists parts in the order of their messages' ids, which is the order of acceptance.</summary>
    /// <param name="after">
    /// The part where the last page ended; null for the first page. A part with an empty queue key stands before all parts of its message.
    /// </param>
    /// <param name="limit">Most parts to list.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    ValueTask<IReadOnlyList<ScannedPart>> ScanAsync(PartId? after, int limit, CancellationToken cancellationToken);
}
