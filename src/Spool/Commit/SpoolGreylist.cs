using Postfleet.Core.Greylisting;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// The rows of greylisting on either engine. Each batch has its own transaction beside the group commit, since its callers wait for their
/// reply to RCPT. <see cref="GroupCommitSpool"/> makes it; it is called on the threads of its callers.
/// </summary>
internal sealed class SpoolGreylist(IStorage storage) : IGreylistStore
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<GreylistMeeting>> MeetAsync(
        IReadOnlyList<GreylistTriplet> triplets, GreylistRules rules, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.Greylist.MeetAsync(triplets, rules, cancellationToken));
}
