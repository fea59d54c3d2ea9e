using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>The limits of one destination. All hold over the whole cluster, since a destination is one entity.</summary>
internal sealed record DestinationRules
{
    /// <summary>Most connections at a time, including opening and closing connections.</summary>
    public int MaxConnections { get; init; } = 20;

    /// <summary>Most connections opened in a time.</summary>
    public Rate MaxConnectionRate { get; init; } = Rate.None;

    /// <summary>The messages after which a connection is closed.</summary>
    public int MaxMessages { get; init; } = 100;

    /// <summary>Most transactions in a time; all rates hold.</summary>
    public RateList MaxRate { get; init; } = RateList.None;

    /// <summary>Most transactions in a day of UTC.</summary>
    public Rate MaxPerDay { get; init; } = Rate.None;

    /// <summary>The hours of the day in which mail is sent; null for all.</summary>
    public SendingHours? Hours { get; init; }

    /// <summary>The rules for single domains; null if they are those of the destination.</summary>
    public IDomainRules? Domains { get; init; }

    /// <summary>The streams, whose weights divide the credit and the turns.</summary>
    public StreamSet Streams { get; init; } = StreamSet.None;

    /// <summary>Most recipients of a transaction: a job with more makes several.</summary>
    public int MaxRecipients { get; init; } = 100;

    /// <summary>
    /// The transactions allowed by the rate in this time are started together, so a high rate does not wake the actor a thousand
    /// times in a second.
    /// </summary>
    public TimeSpan RateBatch { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a connection without work stays open.</summary>
    public TimeSpan IdleConnection { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause after the site could not be reached; it doubles with each further failure.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest pause after a failure.</summary>
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Pauses are stretched by up to this share, so sites with a common failure are not tried again together.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>How long no connection is added to open connections after a refusal: the site may limit connections.</summary>
    public TimeSpan GrowthPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The rules for the mail of a domain.</summary>
    public DomainRules Of(string domain) => Domains?.Of(domain, MaxRecipients) ?? new DomainRules(MaxRecipients, Hours);

    /// <summary>Most jobs that may be granted or in hand while little is known of the site's speed: enough to keep every connection busy
    /// while the next credit travels.</summary>
    public int MinWindow => Math.Max(4 * MaxConnections, 100);

    /// <summary>
    /// Most jobs that may be granted or in hand with any site. Between both bounds, the window is the jobs that end in a second.
    /// </summary>
    public int MaxWindow => Math.Max(MinWindow, 2000);

    /// <summary>
    /// Most jobs that may be granted or wait while there is a rate: five seconds of the rate, which is far more than credit and jobs take
    /// to travel; and at least two, so a lost grant does not block other queues. Jobs waiting here for hours could not be seen, or
    /// held, in their queue.
    /// </summary>
    public int RateWindow => MaxRate.IsNone ? MaxWindow : (int)Math.Clamp(MaxRate.In(TimeSpan.FromSeconds(5)), 2, MaxWindow);

    /// <summary>Most waiting jobs while there is a rate; more are returned. After a move, all jobs under way may come
    /// again.</summary>
    public int MaxWaiting => MaxRate.IsNone ? MaxInHand : Math.Min(MaxConnections + 2 * RateWindow, MaxInHand);

    /// <summary>
    /// Most jobs waiting or running; more are returned. Only jobs without a grant exceed the window, as after a move of a queue.
    /// </summary>
    public int MaxInHand => 2 * MaxWindow;

    /// <summary>Most known jobs without acknowledgement; more are dropped, and their queues send them again.</summary>
    public int MaxKnown => 5 * MaxWindow;

    /// <summary>Most ended jobs remembered after their acknowledgement.</summary>
    public int MaxRemembered { get; init; } = 10_000;

    /// <summary>
    /// How long an ended job is remembered after its acknowledgement, against copies from a queue frozen meanwhile.
    /// </summary>
    public TimeSpan RememberFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a grant may stay unused, as the queues know it.</summary>
    public TimeSpan GrantLife { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// An unacknowledged outcome is sent again after this time; the pause doubles up to <see cref="MaxResendAfter"/>.
    /// </summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest pause between repeats of an outcome.</summary>
    public TimeSpan MaxResendAfter { get; init; } = TimeSpan.FromMinutes(1);
}
