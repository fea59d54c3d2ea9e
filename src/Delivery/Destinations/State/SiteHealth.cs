using Postfleet.Core.Mail;
using Postfleet.Core.Units;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>Whether the site can be reached. At first and after each pause this is unknown, and a single connection decides.</summary>
internal sealed class SiteHealth(DestinationRules rules, Func<double> random)
{
    // A retry of many queues asks once for each queue, and is answered by one connection.
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(1);

    private int _failures;
    private DateTimeOffset _failedAt;
    private bool _isPauseEnded;

    /// <summary>Whether the last connection could be opened.</summary>
    public bool IsUp { get; private set; }

    /// <summary>
    /// When the site is tried again: a first pause after the last try at most, so waiting mail is sent soon after an outage ends.
    /// </summary>
    public DateTimeOffset DownUntil { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Until when the outage is remembered: the end of the pause of the queues.</summary>
    public DateTimeOffset RememberedUntil { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>When the site could first not be reached; null without an outage.</summary>
    public DateTimeOffset? DownSince { get; private set; }

    /// <summary>The reason of the outage, as a reply of class 4.</summary>
    public SmtpReply? Reply { get; private set; }

    /// <summary>Makes later pauses by other rules.</summary>
    public DestinationRules Use(DestinationRules next) => rules = next;

    public bool IsDown(DateTimeOffset now) => now < DownUntil;

    /// <summary>A connection is open. Returns whether the connection ends an outage.</summary>
    public bool Succeed()
    {
        var wasOut = _failures > 0;
        (IsUp, _failures, DownUntil, RememberedUntil) = (true, 0, DateTimeOffset.MinValue, DateTimeOffset.MinValue);
        _isPauseEnded = false;
        (DownSince, Reply) = (null, null);
        return wasOut;
    }

    /// <summary>No host could be reached. Returns the pause for the waiting queues.</summary>
    public TimeSpan Fail(SmtpReply reply, DateTimeOffset now)
    {
        FailAgain(reply, now);
        return Lengthen(now);
    }

    /// <summary>No host could be reached by a try of the destination itself: the next try follows after a first pause.</summary>
    public void FailAgain(SmtpReply reply, DateTimeOffset now)
    {
        var first = TimeSpan.FromSeconds(Seconds());
        DownSince ??= now;
        _failedAt = now;
        (IsUp, DownUntil, Reply) = (false, now + (first < rules.MaxPause ? first : rules.MaxPause), reply);
    }

    /// <summary>
    /// Ends the pause by an operator's order, unless the last try was a moment ago. If the site still cannot be reached, the next pause is
    /// a first pause.
    /// </summary>
    public void EndPause(DateTimeOffset now)
    {
        if (!IsDown(now) || now - _failedAt < LeastPause) return;
        (DownUntil, _isPauseEnded) = (now, true);
    }

    /// <summary>
    /// The pause for a queue that asks while the site is down: the rest of the last pause, or a longer pause after its end.
    /// </summary>
    public TimeSpan Pause(DateTimeOffset now) => RememberedUntil > now ? RememberedUntil - now : Lengthen(now);

    private TimeSpan Lengthen(DateTimeOffset now)
    {
        if (_isPauseEnded) (_failures, _isPauseEnded) = (0, false);
        var pause = ExponentialPause.After(++_failures, TimeSpan.FromSeconds(Seconds()), rules.MaxPause);
        RememberedUntil = now + pause;
        return pause;
    }

    private double Seconds() => rules.FirstPause.TotalSeconds * (1 + rules.Jitter * random());
}
