namespace Postfleet.Frontend.Rates;

/// <summary>
/// What this node has granted to strangers: of its own share, and in all. Bounded: counts that were not used for long are forgotten, and
/// begin with a full share again. Thread-safe; it outlives reloads.
/// </summary>
/// <param name="capacity">The most counts.</param>
internal sealed class RateTable(int capacity = RateTable.MaxCounts)
{
    /// <summary>The most counts of a node, of about 100 octets each.</summary>
    public const int MaxCounts = 200_000;

    private readonly Lock _lock = new();

    // Used counts move to the first; when it is half of all, it becomes the second, whose counts are forgotten.
    private Dictionary<Guid, Counts> _recent = [];
    private Dictionary<Guid, Counts> _older = [];

    /// <summary>The number of counts.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _recent.Count + _older.Count;
        }
    }

    /// <summary>Takes a unit for each use from the share of this node, or none if one of the shares is used up.</summary>
    /// <param name="uses">The uses, each key once.</param>
    /// <param name="frontends">The number of nodes with listeners.</param>
    /// <param name="now">The elapsed time.</param>
    public bool TryTakeShares(IReadOnlyList<RateUse> uses, int frontends, TimeSpan now)
    {
        lock (_lock)
        {
            // Enumerators of interfaces would be allocations.
            for (var i = 0; i < uses.Count; i++)
                if (!HasShare(uses[i], Of(uses[i].Key), frontends, now)) return false;
            for (var i = 0; i < uses.Count; i++) Take(uses[i], ofShare: true, frontends, now);
            return true;
        }
    }

    /// <summary>Takes a unit from the share of this node.</summary>
    public bool TryTakeShare(in RateUse use, int frontends, TimeSpan now)
    {
        lock (_lock)
        {
            if (!HasShare(use, Of(use.Key), frontends, now)) return false;
            Take(use, ofShare: true, frontends, now);
            return true;
        }
    }

    /// <summary>Counts a unit that the cluster has granted.</summary>
    public void Granted(in RateUse use, TimeSpan now)
    {
        lock (_lock) Take(use, ofShare: false, 1, now);
    }

    /// <summary>Takes a unit while the cluster cannot be asked: this node alone grants what the whole cluster may.</summary>
    /// <returns>The time until there is a unit; zero if one was taken.</returns>
    public TimeSpan TakeAlone(in RateUse use, TimeSpan now)
    {
        lock (_lock)
        {
            var rate = use.Window.Rate;
            var wait = Of(use.Key).Whole.Wait(rate.Count, rate.Period, now);
            if (wait > TimeSpan.Zero) return wait;
            Take(use, ofShare: false, 1, now);
            return TimeSpan.Zero;
        }
    }

    // The share is part of the whole rate, which a node without the cluster may have used up.
    private static bool HasShare(in RateUse use, in Counts counts, int frontends, TimeSpan now) =>
        use.Window.ShareOf(frontends) is > 0 and var share && counts.Share.Wait(share, use.Window.Rate.Period, now) <= TimeSpan.Zero
        && counts.Whole.Wait(use.Window.Rate.Count, use.Window.Rate.Period, now) <= TimeSpan.Zero;

    private Counts Of(Guid key)
    {
        if (_recent.TryGetValue(key, out var counts)) return counts;
        if (_older.Remove(key, out counts)) Keep(key, counts);
        return counts;
    }

    private void Take(in RateUse use, bool ofShare, int frontends, TimeSpan now)
    {
        var (rate, counts) = (use.Window.Rate, Of(use.Key));
        var share = ofShare ? counts.Share.Take(use.Window.ShareOf(frontends), rate.Period, now) : counts.Share;
        Keep(use.Key, new Counts(share, counts.Whole.Take(rate.Count, rate.Period, now)));
    }

    private void Keep(Guid key, in Counts counts)
    {
        if (_recent.Count >= capacity / 2 && !_recent.ContainsKey(key)) (_recent, _older) = ([], _recent);
        _recent[key] = counts;
    }

    private readonly record struct Counts(RateBucket Share, RateBucket Whole);
}
