using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>Whether the site can be reached. It is unproven at first and after each pause: then one connection decides.</summary>
internal sealed class SiteHealth(DestinationRules rules, Func<double> random)
{
    // 2^30 first pauses are more than any longest one.
    private const int MaxDoublings = 30;

    /// <summary>Whether the last connection that was tried could be made.</summary>
    public bool IsUp { get; private set; }

    /// <summary>How often in turn the site could not be reached.</summary>
    public int Failures { get; private set; }

    /// <summary>When the site may be tried again by who asks: a first pause after the last try at most, so that new mail finds out that an outage has ended.</summary>
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

    /// <summary>No host could be reached: the pause that follows.</summary>
    public TimeSpan Fail(SmtpReply reply, DateTimeOffset now)
    {
        var seconds = rules.FirstPause.TotalSeconds * (1 + rules.Jitter * random());
        var pause = TimeSpan.FromSeconds(Math.Min(seconds * Math.Pow(2, Math.Min(Failures, MaxDoublings)), rules.MaxPause.TotalSeconds));
        var first = TimeSpan.FromSeconds(seconds);
        (IsUp, Failures, DownUntil, Reply) = (false, Failures + 1, now + (pause < first ? pause : first), reply);
        RememberedUntil = now + pause;
        return pause;
    }
}
