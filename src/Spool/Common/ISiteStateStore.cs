using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>What destinations have learned from replies, over all nodes. Thread-safe.</summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails.</remarks>
public interface ISiteStateStore
{
    /// <summary>The most rows of a change, and the most destinations of a question.</summary>
    const int MaxBatch = 500;

    /// <summary>Writes and deletes rows in one transaction.</summary>
    /// <param name="rows">At most <see cref="MaxBatch"/> rows, each once.</param>
    /// <param name="removed">Rows to delete, of which only destination and scope count; at most as many.</param>
    /// <param name="cancellationToken">Ends the wait; the rows may be written all the same.</param>
    ValueTask SaveAsync(IReadOnlyList<SiteState> rows, IReadOnlyList<SiteState> removed, CancellationToken cancellationToken);

    /// <summary>The rows of destinations, in any order.</summary>
    /// <param name="destinations">At most <see cref="MaxBatch"/> destinations.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<SiteState>> ReadAsync(IReadOnlyList<DestinationId> destinations, CancellationToken cancellationToken);
}
