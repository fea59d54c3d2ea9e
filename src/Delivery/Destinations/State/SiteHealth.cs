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

    /// <summary>When the site may be tried again.</summary>
    public DateTimeOffset DownUntil { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Why it could not be reached, as a reply of class 4.</summary>
    public SmtpReply? Reply { get; private set; }

    public bool IsDown(DateTimeOffset now) => now < DownUntil;

    /// <summary>A connection could be made. True when that ends an outage.</summary>
    public bool Succeed()
    {
        var wasOut = Failures > 0;
        (IsUp, Failures, DownUntil, Reply) = (true, 0, DateTimeOffset.MinValue, null);
        return wasOut;
    }

    /// <summary>No host could be reached: the pause that follows.</summary>
    public TimeSpan Fail(SmtpReply reply, DateTimeOffset now)
    {
        var factor = Math.Pow(2, Math.Min(Failures, MaxDoublings)) * (1 + rules.Jitter * random());
        var pause = TimeSpan.FromSeconds(Math.Min(rules.FirstPause.TotalSeconds * factor, rules.MaxPause.TotalSeconds));
        (IsUp, Failures, DownUntil, Reply) = (false, Failures + 1, now + pause, reply);
        return pause;
    }
}
