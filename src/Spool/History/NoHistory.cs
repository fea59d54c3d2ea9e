using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>The history of a spool without kept events.</summary>
internal sealed class NoHistory : IHistory
{
    /// <inheritdoc/>
    public HistoryKeep Keep => HistoryKeep.None;

    /// <inheritdoc/>
    public ValueTask<HistoryPage> SearchAsync(HistoryQuery query, string? cursor, int limit, CancellationToken cancellationToken) =>
        cursor is null ? ValueTask.FromResult(new HistoryPage([], null)) : throw new HistoryCursorException();

    /// <inheritdoc/>
    public ValueTask<HistoryTimeline> ReadAsync(MessageId message, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new HistoryTimeline([], true));
}
