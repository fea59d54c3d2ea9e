using Postfleet.Core.Greylisting;

namespace Postfleet.Spool.Common;

/// <summary>
/// What greylisting has seen, on all nodes. Thread-safe. The method throws <see cref="SpoolUnavailableException"/> when the storage fails;
/// triplets of a failed batch may be stored all the same.
/// </summary>
public interface IGreylistStore
{
    /// <summary>The most triplets in a batch.</summary>
    const int MaxBatch = 256;

    /// <summary>The most rows of triplets that have not come back; the oldest go first.</summary>
    const int MaxUnproved = 1_000_000;

    /// <summary>
    /// About the most such rows of one network (<see cref="GreylistTriplet.Network"/>); its oldest go first. Each node looks at a network
    /// after every few hundred of its rows, so there may be these more.
    /// </summary>
    const int MaxUnprovedOfNetwork = 2_000;

    /// <summary>Judges triplets and stores what has changed, in one transaction, which is durable when the method returns.</summary>
    /// <param name="triplets">The triplets, each key once.</param>
    /// <param name="rules">The times.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answers in the order of the triplets.</returns>
    ValueTask<IReadOnlyList<GreylistMeeting>> MeetAsync(
        IReadOnlyList<GreylistTriplet> triplets, GreylistRules rules, CancellationToken cancellationToken);
}
