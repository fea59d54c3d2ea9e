using Postfleet.Contracts.Messages;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The credit granted to a queue by its destination, and the request for more. Owned by <see cref="Dispatcher"/>. A mutable struct, used as
/// a field and not copied.
/// </summary>
internal struct CreditBalance
{
    /// <summary>How long credit is used; the destination lets it expire after 30 s.</summary>
    private static readonly long Life = TimeSpan.FromSeconds(25).Ticks;

    /// <summary>An unanswered request for credit is repeated after this time, since the destination may have moved.</summary>
    private static readonly long AskAgainAfter = TimeSpan.FromSeconds(10).Ticks;

    private int _credits;
    private long _until;
    private int _asked;
    private long _askedAt;
    private long _since;

    /// <summary>The incarnation of the granting destination; 0 for none yet.</summary>
    public long Incarnation { get; private set; }

    /// <summary>When an unanswered request is repeated, in UTC ticks.</summary>
    public readonly long AskAgainAt => _askedAt + AskAgainAfter;

    /// <summary>Since when the pending request waits: the first request, or the last grant. Null without a request.</summary>
    public readonly DateTimeOffset? AskedSince => _asked > 0 ? new DateTimeOffset(_since, TimeSpan.Zero) : null;

    /// <summary>Whether unexpired credit is left.</summary>
    public readonly bool HasAny(long now) => _credits > 0 && _until > now;

    /// <summary>Discards the credit and the pending request.</summary>
    public void Clear() => (_credits, _asked) = (0, 0);

    /// <summary>Adds a grant. Credit of another incarnation must have been cleared.</summary>
    public void Add(CreditGranted grant, long now)
    {
        _credits += grant.Credits;
        _until = now + Life;
        _since = now;
        _asked = Math.Max(0, _asked - grant.Credits);
        Incarnation = grant.Incarnation;
    }

    /// <summary>Uses up to a number of unexpired credits.</summary>
    /// <returns>The number of credits used.</returns>
    public int Use(int max, long now)
    {
        if (_until <= now) _credits = 0;
        var count = Math.Min(_credits, max);
        _credits -= count;
        return count;
    }

    /// <summary>
    /// Whether credit must be requested for a number of waiting messages; records the request. A pending request is repeated when it is
    /// overdue or the number has doubled.
    /// </summary>
    public bool MustAsk(int waiting, long now)
    {
        if (waiting == 0 || _credits > 0 || (_asked > 0 && waiting < 2 * _asked && now < AskAgainAt)) return false;
        if (_asked == 0) _since = now;
        (_asked, _askedAt) = (waiting, now);
        return true;
    }
}
