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

    /// <summary>
    /// Finds from when on the rows of triplets that have not come back stay: the old ones go, and the oldest where there are too many.
    /// </summary>
    /// <param name="maxUnproved">The most rows of triplets that have not come back.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first time that stays, in microseconds since 1970.</returns>
    ValueTask<long> FindCutAsync(int maxUnproved, CancellationToken cancellationToken);

    /// <summary>Deletes old rows, and triplets that have not come back from before a time.</summary>
    /// <param name="cut">The time of <see cref="FindCutAsync"/>.</param>
    /// <param name="limit">The most rows of each kind.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The larger number of deleted rows.</returns>
    ValueTask<int> SweepAsync(long cut, int limit, CancellationToken cancellationToken);

    /// <summary>Deletes the oldest triplets that have not come back of networks that have too many.</summary>
    /// <param name="networks">The networks (<see cref="GreylistTriplet.Network"/>).</param>
    /// <param name="max">
    /// The most rows of a network. Rows with one time, which came in one batch, go or stay together, so up to a batch more may stay.
    /// </param>
    /// <param name="limit">The most rows of a network that are deleted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The number of deleted rows.</returns>
    ValueTask<int> TrimAsync(IReadOnlyList<long> networks, int max, int limit, CancellationToken cancellationToken);
}
