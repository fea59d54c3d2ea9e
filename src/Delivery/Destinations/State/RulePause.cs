using Postfleet.Core.Classification;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The pauses of a destination, or of one stream there, that rules order: a pause that follows another soon is twice as long. Part of
/// <see cref="SiteShaping"/>. No clock, no I/O.
/// </summary>
/// <param name="scope">The scope of its rows.</param>
internal sealed class RulePause(string scope)
{
    private const int MaxDoublings = 20;

    private TimeSpan _length;
    private int _count;

    /// <summary>The scope of its rows.</summary>
    public string Scope => scope;

    /// <summary>When the last pause began.</summary>
    public DateTimeOffset Since { get; private set; }

    /// <summary>The end of the last pause.</summary>
    public DateTimeOffset Until { get; private set; }

    /// <summary>The rule of the last pause.</summary>
    public string Rule { get; private set; } = "";

    /// <summary>The reply of the last pause.</summary>
    public string Reply { get; private set; } = "";

    /// <summary>When the pause is forgotten: the next one is a first pause again.</summary>
    public DateTimeOffset ForgottenAt => Until + _length;

    /// <summary>Whether mail waits.</summary>
    public bool IsOn(DateTimeOffset now) => now < Until;

    /// <summary>A rule matches. Returns whether a pause begins.</summary>
    public bool Match(ReplyReaction reaction, string rule, string reply, DateTimeOffset now)
    {
        if (IsOn(now)) return false;
        if (now >= ForgottenAt) _count = 0;
        var doublings = Math.Min(_count++, MaxDoublings);
        // Compared before it is doubled, since the product could be too long.
        _length = reaction.Pause >= reaction.Max / Math.Pow(2, doublings) ? reaction.Max : reaction.Pause * Math.Pow(2, doublings);
        (Since, Until, Rule, Reply) = (now, now + _length, rule, reply);
        return true;
    }

    /// <summary>Ends the pause by an operator's order.</summary>
    public void End(DateTimeOffset now) => Until = now < Until ? now : Until;

    /// <summary>The row.</summary>
    public SiteState ToRow(DestinationId destination, DateTimeOffset now) => new(destination, scope)
    {
        Rule = Rule,
        Until = Until,
        Length = _length,
        Count = _count,
        ChangedAt = now,
        Reply = Reply,
    };

    /// <summary>Takes over a row.</summary>
    public void Restore(SiteState row, DateTimeOffset now)
    {
        (Rule, Reply, _count, Since) = (row.Rule, row.Reply, Math.Clamp(row.Count, 0, MaxDoublings), row.ChangedAt);
        _length = row.Length < TimeSpan.Zero ? TimeSpan.Zero : row.Length < SiteState.MaxLength ? row.Length : SiteState.MaxLength;
        // A clock that is behind must not lengthen a pause.
        Until = row.Until > now + _length ? now + _length : row.Until;
    }
}
