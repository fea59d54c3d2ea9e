using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>What destinations have learned, in an engine, for <see cref="ISiteStateStore"/>; exceptions are the engine's own.</summary>
internal interface ISiteStateStorage
{
    /// <inheritdoc cref="ISiteStateStore.SaveAsync"/>
    Task SaveAsync(IReadOnlyList<SiteState> rows, IReadOnlyList<SiteState> removed, CancellationToken cancellationToken);

    /// <inheritdoc cref="ISiteStateStore.ReadAsync"/>
    ValueTask<IReadOnlyList<SiteState>> ReadAsync(IReadOnlyList<DestinationId> destinations, CancellationToken cancellationToken);

    /// <summary>Deletes rows that were last written before a time: their destinations get no mail any more.</summary>
    Task SweepAsync(DateTimeOffset changedBefore, CancellationToken cancellationToken);
}
