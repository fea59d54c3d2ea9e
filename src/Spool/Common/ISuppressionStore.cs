using Postfleet.Core.Suppression;

namespace Postfleet.Spool.Common;

/// <summary>
/// The rows of the suppression list. Every new entry has a number, which grows over all entries in the order of the commits: a reader that
/// has seen a number misses no entry before it. Removed and expired entries leave no trace. Thread-safe.
/// </summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails; the caller tries again later.</remarks>
public interface ISuppressionStore
{
    /// <summary>The most keys or changes in a call.</summary>
    const int MaxBatch = 1000;

    /// <summary>Finds rows, also those without an effect.</summary>
    /// <param name="keys">The keys, each once; <see cref="MaxBatch"/> at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<SuppressionRow>> FindAsync(IReadOnlyList<SuppressionKey> keys, CancellationToken cancellationToken);

    /// <summary>Lists rows in the order of their keys, also those without an effect.</summary>
    /// <param name="after">Only rows behind this key.</param>
    /// <param name="limit">The maximum number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<SuppressionRow>> ListAsync(SuppressionKey after, int limit, CancellationToken cancellationToken);

    /// <summary>Reads the keys of entries in the order in which they were made.</summary>
    /// <param name="after">The number of the last entry that the caller has seen.</param>
    /// <param name="limit">The maximum number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<SuppressionChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken);

    /// <summary>Makes changes in one transaction, which is durable when the method returns.</summary>
    /// <param name="writes">The changes in their order; <see cref="MaxBatch"/> at most.</param>
    /// <param name="now">The time of the changes.</param>
    /// <param name="cancellationToken">Ends the wait; the changes may be durable all the same.</param>
    /// <returns>The effects in the order of the changes.</returns>
    ValueTask<IReadOnlyList<SuppressionEffect>> WriteAsync(
        IReadOnlyList<SuppressionWrite> writes, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>Entries that were made.</summary>
/// <param name="Last">The number of the last change of any entry; 0 before the first.</param>
/// <param name="Epoch">Increases when the storage has lost changes; numbers may then be used again.</param>
/// <param name="Entries">The entries, in the order of their numbers.</param>
public sealed record SuppressionChanges(long Last, long Epoch, IReadOnlyList<SuppressionChange> Entries);

/// <summary>An entry that was made.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Change">Its number.</param>
public readonly record struct SuppressionChange(SuppressionKey Key, long Change);
