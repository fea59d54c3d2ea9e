using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>Keeps no changes of owner.</summary>
internal sealed class NoTakeovers : ITakeoverHistory
{
    public static readonly NoTakeovers Instance = new();

    /// <inheritdoc/>
    public bool KeepsTakeovers => false;

    /// <inheritdoc/>
    public ValueTask RecordAsync(IReadOnlyList<QueueTakeover> takeovers, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<QueueTakeover>> FindAsync(
        IReadOnlyList<QueueStay> stays, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<QueueTakeover>>([]);
}
