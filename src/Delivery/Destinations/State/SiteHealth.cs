using Postfleet.Core.Mail;
using Postfleet.Core.Units;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>Whether the site can be reached. It is unproven at first and after each pause: then one connection decides.</summary>
internal sealed class SiteHealth(DestinationRules rules, Func<double> random)
{
    /// <summary>Whether the last connection that was tried could be made.</summary>
    public bool IsUp { get; private set; }

    /// <summary>How often in turn the site could not be reached.</summary>
    public int Failures { get; private set; }

    /// <summary>
    /// When the site is tried again: a first pause after the last try at most, so that waiting mail does not miss the end of an outage.
    /// </summary>
    public DateTimeOffset DownUntil { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Until when the outage is remembered: the end of the pause that the queues were told.</summary>
    public DateTimeOffset RememberedUntil { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Why it could not be reached, as a reply of class 4.</summary>
    public SmtpReply? Reply { get; private set; }

    public bool IsDown(DateTimeOffset now) => now < DownUntil;

    /// <summary>A connection could be made. True when that ends an outage.</summary>
    public bool Succeed()
    {
        var wasOut = Failures > 0;
        (IsUp, Failures, DownUntil, RememberedUntil, Reply) = (true, 0, DateTimeOffset.MinValue, DateTimeOffset.MinValue, null);
        return wasOut;
    }

    /// <summary>No host could be reached: the pause that follows for those who wanted to send.</summary>
    public TimeSpan Fail(SmtpReply reply, DateTimeOffset now)
    {
        FailAgain(reply, now);
        return Lengthen(now);
    }

    /// <summary>No host could be reached by a try that nobody asked for: the next one comes after a first pause.</summary>
    public void FailAgain(SmtpReply reply, DateTimeOffset now)
    {
        var first = TimeSpan.FromSeconds(Seconds());
        (IsUp, DownUntil, Reply) = (false, now + (first < rules.MaxPause ? first : rules.MaxPause), reply);
    }

    /// <summary>
    /// The pause for a queue that asks while the site is left alone: the rest of the last one, or a longer one where that is over.
    /// </summary>
    public TimeSpan Pause(DateTimeOffset now) => RememberedUntil > now ? RememberedUntil - now : Lengthen(now);

    private TimeSpan Lengthen(DateTimeOffset now)
    {
        var pause = ExponentialPause.After(++Failures, TimeSpan.FromSeconds(Seconds()), rules.MaxPause);
        RememberedUntil = now + pause;
        return pause;
    }

    private double Seconds() => rules.FirstPause.TotalSeconds * (1 + rules.Jitter * random());
}
