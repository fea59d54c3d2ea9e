using Postfleet.Core.Units;

namespace Postfleet.Delivery.Destinations.State;

/// <content>
/// Streams with a rate of their own, which a rule for replies has lowered. A credit takes a token of its stream, so that the jobs of such
/// a stream do not fill the window before those of the others.
/// </content>
internal sealed partial class CreditBook
{
    private readonly Dictionary<string, StreamLimit> _slowed = new(StringComparer.Ordinal);

    /// <summary>A rate for the credits of a stream from now on; none for no limit. The first token comes after its interval.</summary>
    public void Slow(string stream, Rate rate)
    {
        if (rate.IsNone)
        {
            if (_slowed.Remove(stream)) _ring.Release(stream);
            return;
        }

        if (_slowed.TryGetValue(stream, out var limit) && limit.Rate == rate) return;
        _slowed[stream] = new StreamLimit(rate, new TokenBucket(rate));
        _ring.Hold(stream);
    }

    /// <summary>Whether queues wait for the rate of their stream.</summary>
    public bool Waits(string stream) => _ring.HasHeld(stream);

    /// <summary>A job of a stream took more transactions than the one that its credit was for.</summary>
    public void Owe(string stream, int transactions, DateTimeOffset now)
    {
        if (_slowed.Count > 0 && _slowed.TryGetValue(stream, out var limit)) limit.Bucket.Settle(new TokenTicket(0), transactions, now);
    }

    /// <summary>When the rate of a stream lets the next queue go on; null if no queue waits for one.</summary>
    public DateTimeOffset? NextRelease(DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (var (stream, limit) in _slowed)
            if (_ring.HasHeld(stream)) next = Earliest.Of(next, limit.Bucket.When(Batch(limit), now));
        return next;
    }

    private void Release(DateTimeOffset now)
    {
        foreach (var (stream, limit) in _slowed) if (limit.Bucket.Has(Batch(limit), now)) _ring.Release(stream);
    }

    // The stream waits once its tokens are used up.
    private void Spend(string stream, DateTimeOffset now)
    {
        if (_slowed.Count == 0 || !_slowed.TryGetValue(stream, out var limit)) return;
        Owe(stream, 1, now);
        if (!limit.Bucket.Has(1, now)) _ring.Hold(stream);
    }

    // A high rate does not wake the actor for each credit.
    private int Batch(StreamLimit limit) => (int)Math.Clamp(limit.Rate.In(rules.RateBatch), 1, limit.Bucket.Capacity);

    private sealed record StreamLimit(Rate Rate, TokenBucket Bucket);
}
