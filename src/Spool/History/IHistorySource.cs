using Postfleet.Core.Queueing;

namespace Postfleet.Spool.History;

/// <summary>The events in an engine, for <see cref="HistorySearch"/>. Thread-safe.</summary>
internal interface IHistorySource
{
    /// <summary>The letter of the engine in cursors.</summary>
    char Letter { get; }

    /// <summary>
    /// Walks back through the history and collects the matching events. Returns before the limit of events is reached where
    /// the walk takes too long: the chunk says where it continues.
    /// </summary>
    /// <param name="match">The conditions.</param>
    /// <param name="before">The walk begins before this position; null for the newest event.</param>
    /// <param name="limit">Most events to collect.</param>
    /// <param name="within">About how long the walk may take.</param>
    /// <param name="cancellationToken">Cancels the walk.</param>
    ValueTask<HistoryChunk> ReadBackAsync(
        HistoryMatch match, HistoryPosition? before, int limit, TimeSpan within, CancellationToken cancellationToken);

    /// <summary>Looks up parts in the spool; the answer has no entries for settled parts.</summary>
    ValueTask<IReadOnlyDictionary<PartId, PartProgress>> FindPartsAsync(
        IReadOnlyCollection<PartId> parts, CancellationToken cancellationToken);
}
