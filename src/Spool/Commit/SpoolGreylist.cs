using Postfleet.Core.Greylisting;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// The rows of greylisting on either engine. Each batch has its own transaction beside the group commit, since its callers wait for their
/// reply to RCPT. A network with many new triplets is bounded in a transaction behind its batch. <see cref="GroupCommitSpool"/> makes it;
/// it is called on the threads of its callers.
/// </summary>
internal sealed class SpoolGreylist(IStorage storage) : IGreylistStore
{
    private readonly Lock _lock = new();
    private readonly GreylistGrowth _growth = new();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<GreylistMeeting>> MeetAsync(
        IReadOnlyList<GreylistTriplet> triplets, GreylistRules rules, CancellationToken cancellationToken)
    {
        var meetings = await StorageQueries.RunAsync(() => storage.Greylist.MeetAsync(triplets, rules, cancellationToken));
        List<long> grown;
        lock (_lock) grown = _growth.Add(triplets, meetings);
        if (grown.Count > 0)
        {
            await StorageQueries.RunAsync(() => storage.Greylist.TrimAsync(
                grown, IGreylistStore.MaxUnprovedOfNetwork, KeySweep.Piece, cancellationToken));
        }

        return meetings;
    }
}
