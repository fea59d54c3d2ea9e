using Postfleet.Core.Greylisting;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>The rows of greylisting in an engine, for <see cref="IGreylistStore"/>; exceptions are the engine's own.</summary>
internal interface IGreylistStorage
{
    /// <summary>After this time without its mail, a row is deleted. Not shorter than the longest configured times.</summary>
    static readonly TimeSpan ProvedLife = TimeSpan.FromDays(180);

    /// <summary>After this time a triplet that has not come back is deleted.</summary>
    static readonly TimeSpan UnprovedLife = TimeSpan.FromDays(7);

    /// <inheritdoc cref="IGreylistStore.MeetAsync"/>
    ValueTask<IReadOnlyList<GreylistMeeting>> MeetAsync(
        IReadOnlyList<GreylistTriplet> triplets, GreylistRules rules, CancellationToken cancellationToken);

    /// <summary>Deletes old rows, and the oldest triplets that have not come back where there are too many.</summary>
    /// <param name="maxUnproved">The most rows of triplets that have not come back.</param>
    /// <param name="limit">The most rows of each kind.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The larger number of deleted rows.</returns>
    ValueTask<int> SweepAsync(int maxUnproved, int limit, CancellationToken cancellationToken);
}
