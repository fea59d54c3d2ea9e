using Postfleet.Core.Units;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// Keeps a site's rate: a transaction takes a token when it starts, and tokens are added at the rate. In any window of time at most the
/// tokens added in it and <see cref="Capacity"/> are used. Tokens not needed by an attempt are returned, as far as this bound allows.
/// </summary>
/// <remarks>
/// A bucket is empty at first, since the previous destination entity may have just used the rate up. All numbers are integers, so that
/// nothing drifts: each tick of the clock brings <see cref="Rate.Count"/> drops, and a token is as many drops as its
/// <see cref="Rate.Period"/> has ticks.
/// </remarks>
internal sealed class TokenBucket(Rate rate)
{
    /// <summary>
    /// How late a token may be used without loss to the rate. The actor's timers come up to 10 ms late by design, and on a busy machine
    /// some tens: a shorter slack was measured to cost a rate of 50/s more than 2 % there. It is the burst too: a site sees at most 1/10 of
    /// a second's messages plus one message at once, and only after a pause of the same length.
    /// </summary>
    public static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(100);

    private readonly long _token = rate.Period.Ticks;
    private readonly long _capacity = rate.Period.Ticks + Slack.Ticks * rate.Count;

    // The tickets with refundable tokens, the oldest first. The refundable tokens and the level together never exceed the capacity:
    // otherwise a window in which old tokens are returned would see them in addition to a full bucket.
    private readonly LinkedList<TokenTicket> _open = [];
    private long _refundable;
    private long _level;
    private DateTimeOffset? _asOf;

    /// <summary>Most tokens in the bucket; 1 or more.</summary>
    public int Capacity => (int)(_capacity / _token);

    /// <summary>
    /// Tokens available within a time from now; negative after more were used than taken.
    /// </summary>
    public int Level(DateTimeOffset now, TimeSpan lead = default)
    {
        Fill(now);
        var (whole, rest) = Math.DivRem(_level + lead.Ticks * rate.Count, _token);
        return (int)Math.Clamp(rest < 0 ? whole - 1 : whole, int.MinValue, int.MaxValue);
    }

    /// <summary>Whether <see cref="Level"/> can reach a number of tokens.</summary>
    public bool Fits(long tokens, TimeSpan lead) => tokens * _token <= _capacity + lead.Ticks * rate.Count;

    /// <summary>Whether a number of tokens can be taken now.</summary>
    public bool Has(int tokens, DateTimeOffset now)
    {
        Fill(now);
        return _level >= Math.Min(tokens * _token, _capacity);
    }

    /// <summary>Takes tokens. More tokens than the capacity are taken from a full bucket, and the next request waits longer.</summary>
    public TokenTicket? TryTake(int tokens, DateTimeOffset now)
    {
        if (!Has(tokens, now)) return null;
        var drops = tokens * _token;
        _level -= drops;
        _refundable += drops;
        var ticket = new TokenTicket(tokens) { Refundable = drops };
        ticket.Place = _open.AddLast(ticket);
        return ticket;
    }

    /// <summary>Settles a ticket: unused tokens are returned, and tokens used beyond the ticket are owed.</summary>
    public void Settle(TokenTicket ticket, int used, DateTimeOffset now)
    {
        // The ticket is from the bucket of an earlier rate.
        if (ticket.Place is { } place && place.List != _open) return;
        Fill(now);
        if (used > ticket.Tokens) _level -= (used - ticket.Tokens) * _token;
        else _level += Math.Min((ticket.Tokens - used) * _token, ticket.Refundable);
        _refundable -= ticket.Refundable;
        ticket.Refundable = 0;
        Close(ticket);
    }

    /// <summary>
    /// When a number of tokens can be taken, minus a lead, if none are taken before; <paramref name="now"/> if the time has come.
    /// </summary>
    public DateTimeOffset When(long tokens, DateTimeOffset now, TimeSpan lead = default)
    {
        Fill(now);
        var coming = lead.Ticks * rate.Count;
        var missing = Math.Min(tokens * _token, _capacity + coming) - _level - coming;
        return missing <= 0 ? now : now.AddTicks((missing + rate.Count - 1) / rate.Count);
    }

    private void Fill(DateTimeOffset now)
    {
        // A clock set back must not stop the mail.
        var elapsed = Math.Max(0, (now - (_asOf ?? now)).Ticks);
        _asOf = now;
        var missing = _capacity - _level;
        // Compared by division, since the product may exceed 64 bits.
        if (missing / rate.Count < elapsed) _level = _capacity;
        else _level += elapsed * rate.Count;
        while (_level + _refundable > _capacity && _open.First?.Value is { } oldest)
        {
            var lost = Math.Min(_level + _refundable - _capacity, oldest.Refundable);
            oldest.Refundable -= lost;
            _refundable -= lost;
            if (oldest.Refundable == 0) Close(oldest);
        }
    }

    private void Close(TokenTicket ticket)
    {
        if (ticket.Place is null) return;
        _open.Remove(ticket.Place);
        ticket.Place = null;
    }
}

/// <summary>Tokens taken from a <see cref="TokenBucket"/>, until the number of used tokens is known.</summary>
internal sealed class TokenTicket(int tokens)
{
    /// <summary>Tokens taken.</summary>
    public int Tokens => tokens;

    /// <summary>The drops returnable to the bucket.</summary>
    public long Refundable { get; set; }

    /// <summary>Its place among the tickets with refundable tokens.</summary>
    public LinkedListNode<TokenTicket>? Place { get; set; }
}
