using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Options;

/// <summary>Section <c>Queues</c>: how long and how often mail is tried.</summary>
public sealed record QueueOptions
{
    /// <summary>The pause after the first temporary failure; it doubles from attempt to attempt.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest pause between attempts.</summary>
    public TimeSpan MaxRetry { get; init; } = TimeSpan.FromHours(4);

    /// <summary>
    /// The time for which a message is tried before it is returned to its sender. RFC 5321 section 4.5.4.1: 4 to 5 days at least.
    /// </summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5);

    /// <summary>
    /// The time in the queue after which the sender gets a single delay report; zero for never. As Sendmail's Timeout.queuewarn.
    /// </summary>
    public TimeSpan DelayWarning { get; init; } = TimeSpan.FromHours(4);

    /// <summary>The time for which an empty queue stays in memory.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Other times for some domains; the first matching entry applies.</summary>
    public IReadOnlyList<DomainQueueOptions> Domains { get; init; } = [];
}

/// <summary>Other times for some domains; null values inherit the times for all domains.</summary>
public sealed record DomainQueueOptions
{
    /// <summary>The domains.</summary>
    public DomainPattern Domain { get; init; } = DomainPattern.All;

    /// <summary>The pause after the first temporary failure.</summary>
    public TimeSpan? FirstRetry { get; init; }

    /// <summary>The longest pause between attempts.</summary>
    public TimeSpan? MaxRetry { get; init; }

    /// <summary>The time for which a message is tried.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>The time after which the sender gets a delay report.</summary>
    public TimeSpan? DelayWarning { get; init; }
}
