using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;

namespace Postfleet.Spool.Tests.Commit;

/// <summary>No rows, for tests of the commit, whose sweeps delete nothing here.</summary>
internal sealed class NoSiteStates : ISiteStateStorage
{
    public Task SaveAsync(IReadOnlyList<SiteState> rows, IReadOnlyList<SiteState> removed, CancellationToken cancellationToken) =>
        throw new NotSupportedException("no test of the commit has rows");

    public ValueTask<IReadOnlyList<SiteState>> ReadAsync(
        IReadOnlyList<DestinationId> destinations, CancellationToken cancellationToken) =>
        throw new NotSupportedException("no test of the commit has rows");

    /// <summary>How often the rows were swept.</summary>
    public int Sweeps { get; private set; }

    public Task SweepAsync(DateTimeOffset changedBefore, CancellationToken cancellationToken)
    {
        Sweeps++;
        return Task.CompletedTask;
    }
}
