using Postfleet.Spool.Common;

namespace Postfleet.Spool;

/// <summary>The changes of owner that the spool keeps: its engine is chosen by then, and opened with the start of the spool.</summary>
internal sealed class SpoolTakeovers(GroupCommitSpool spool) : ITakeoverHistory
{
    /// <inheritdoc/>
    public bool KeepsTakeovers => spool.Takeovers.KeepsTakeovers;

    /// <inheritdoc/>
    public ValueTask RecordAsync(IReadOnlyList<QueueTakeover> takeovers, CancellationToken cancellationToken) =>
        spool.Takeovers.RecordAsync(takeovers, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<QueueTakeover>> FindAsync(
        IReadOnlyList<QueueStay> stays, CancellationToken cancellationToken) => spool.Takeovers.FindAsync(stays, cancellationToken);
}
