using Postfleet.Core.Greylisting;

namespace Postfleet.Spool.Commit;

/// <summary>
/// Counts the new triplets of networks, so that the rows of a network are bounded after every few hundred of them, and not looked at for
/// each one. Bounded: when there are too many networks, all counts begin anew. <see cref="SpoolGreylist"/> owns it and calls it under its
/// lock. Pure.
/// </summary>
internal sealed class GreylistGrowth
{
    /// <summary>After this many new triplets, a network is looked at.</summary>
    public const int Step = 200;

    /// <summary>The most networks that are counted.</summary>
    public const int MaxNetworks = 20_000;

    private readonly Dictionary<long, int> _counts = [];

    /// <summary>Counts a batch.</summary>
    /// <param name="triplets">The triplets.</param>
    /// <param name="meetings">Their answers, in the same order.</param>
    /// <returns>The networks to look at.</returns>
    public List<long> Add(IReadOnlyList<GreylistTriplet> triplets, IReadOnlyList<GreylistMeeting> meetings)
    {
        List<long> grown = [];
        for (var i = 0; i < triplets.Count; i++)
        {
            if (meetings[i].State != GreylistState.New) continue;
            var network = triplets[i].Network;
            var count = _counts.GetValueOrDefault(network) + 1;
            if (count < Step)
            {
                if (_counts.Count >= MaxNetworks) _counts.Clear();
                _counts[network] = count;
                continue;
            }

            _counts.Remove(network);
            if (!grown.Contains(network)) grown.Add(network);
        }

        return grown;
    }
}
