using Postfleet.Core.Units;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The token buckets of a site with one or more rates: a transaction takes a token of each bucket at the same time, so all rates hold.
/// Part of <see cref="JobBook"/>.
/// </summary>
internal sealed class RateBuckets
{
    private readonly TokenBucket[] _buckets;

    private RateBuckets(RateList rates) => _buckets = [.. rates.Rates.Select(rate => new TokenBucket(rate))];

    /// <summary>The buckets of rates; null without a rate.</summary>
    public static RateBuckets? For(RateList rates) => rates.IsNone ? null : new RateBuckets(rates);

    /// <summary>Tokens that all buckets have within a time from now; negative after more were used than taken.</summary>
    public int Level(DateTimeOffset now, TimeSpan lead = default)
    {
        var least = int.MaxValue;
        foreach (var bucket in _buckets) least = Math.Min(least, bucket.Level(now, lead));
        return least;
    }

    /// <summary>Whether <see cref="Level"/> can reach a number of tokens.</summary>
    public bool Fits(long tokens, TimeSpan lead) => Array.TrueForAll(_buckets, bucket => bucket.Fits(tokens, lead));

    /// <summary>Whether a number of tokens can be taken from each bucket now.</summary>
    public bool Has(int tokens, DateTimeOffset now) => Array.TrueForAll(_buckets, bucket => bucket.Has(tokens, now));

    /// <summary>Takes tokens of all buckets, or of none.</summary>
    public TokenTicket[]? TryTake(int tokens, DateTimeOffset now) =>
        Has(tokens, now) ? Array.ConvertAll(_buckets, bucket => bucket.TryTake(tokens, now)!) : null;

    /// <summary>Settles tickets, see <see cref="TokenBucket.Settle"/>.</summary>
    /// <param name="tickets">The tickets; those of other buckets have no effect.</param>
    /// <param name="used">The used tokens; null if all are used.</param>
    /// <param name="now">The time.</param>
    public void Settle(TokenTicket[] tickets, int? used, DateTimeOffset now)
    {
        if (tickets.Length != _buckets.Length) return;
        for (var i = 0; i < tickets.Length; i++) _buckets[i].Settle(tickets[i], used ?? tickets[i].Tokens, now);
    }

    /// <summary>
    /// When a number of tokens can be taken from each bucket, minus a lead, if none are taken before; <paramref name="now"/> if the time
    /// has come.
    /// </summary>
    public DateTimeOffset When(long tokens, DateTimeOffset now, TimeSpan lead = default)
    {
        var last = now;
        foreach (var bucket in _buckets)
            if (bucket.When(tokens, now, lead) is var at && at > last) last = at;
        return last;
    }
}
