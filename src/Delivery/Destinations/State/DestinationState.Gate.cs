using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <content>
/// Times in which no mail is sent: outside of the hours of the destination or of a domain, and after the daily limit is used up. Waiting
/// jobs go back to their queues without an attempt, and the queues pause. Running jobs end.
/// </content>
internal sealed partial class DestinationState
{
    // RFC 3463 section 3.4: the system is not accepting messages now.
    private static readonly EnhancedStatus NotNow = new(4, 3, 2);

    // When the queues are looked at: before the first decision, and whenever hours end.
    private DateTimeOffset _gateDue = DateTimeOffset.MinValue;

    private DateTimeOffset? NextGate => _gateDue == DateTimeOffset.MaxValue ? null : _gateDue;

    /// <summary>Keeps other limits from now on. Running jobs go on. The outcome book has no limit that a configuration sets.</summary>
    public void Use(DestinationRules rules)
    {
        Limit(_shaping.Use(rules));
        _gateDue = DateTimeOffset.MinValue;
    }

    // Until when no mail is sent, and why; null if it is sent.
    private (DateTimeOffset Until, SmtpReply Reply)? ClosedFor(DomainRules rules, DateTimeOffset now)
    {
        if (rules.Hours is { } hours)
        {
            if (!hours.AreOpen(now)) return (hours.NextBegin(now), new SmtpReply(451, NotNow, $"mail is sent at {hours} alone"));
            if (hours.NextEnd(now) is var end && end < _gateDue) _gateDue = end;
        }

        return _waiting.Day is { } day && day.OverUntil(now) is { } until
            ? (until, new SmtpReply(451, NotNow, $"the limit of {day.Limit} messages is used up")) : null;
    }

    // The queue asks again after the longest pause at the latest, since an operator may have changed the limit.
    private void Refuse(QueueKey queue, (DateTimeOffset Until, SmtpReply Reply) closed, DateTimeOffset now)
    {
        var pause = closed.Until - now;
        _effects.Add(new DestinationEffect.Refuse(queue, pause < _rules.MaxPause ? pause : _rules.MaxPause, closed.Reply));
    }

    private void Distribute(DeliveryTarget target, DateTimeOffset now)
    {
        _pool.Distribute(_waiting, target, now);
        if (!HasWork || _waiting.Day?.OverUntil(now) is null) return;
        // The last unit of the day was taken just now.
        _gateDue = DateTimeOffset.MinValue;
        CloseGates(now);
    }

    private void CloseGates(DateTimeOffset now)
    {
        if (now < _gateDue) return;
        _gateDue = DateTimeOffset.MaxValue;
        foreach (var line in _credits.Lines.ToArray())
        {
            if (ClosedFor(line.Rules, now) is not { } closed) continue;
            if (line.Wanted + line.Granted + line.Waiting.Count > 0) Refuse(line.Key, closed, now);
            foreach (var job in _waiting.Withdraw(line, _ => true)) _outcomes.Return(job);
            _credits.Ask(line.Key, 0);
        }
    }
}
