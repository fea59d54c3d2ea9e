using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Options;

/// <summary>How long and how often mail is tried.</summary>
public sealed record QueueOptions
{
    /// <summary>Pause after the first attempt that failed for now; it doubles from attempt to attempt.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest pause between attempts.</summary>
    public TimeSpan MaxRetry { get; init; } = TimeSpan.FromHours(4);

    /// <summary>How long a message is tried before it is returned to its sender. RFC 5321 section 4.5.4.1: 4 to 5 days at least.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5);

    /// <summary>
    /// After how long in the queue the sender is told, once, that a message is late; zero for never. As Sendmail's Timeout.queuewarn.
    /// </summary>
    public TimeSpan DelayWarning { get; init; } = TimeSpan.FromHours(4);

    /// <summary>How long an empty queue stays in memory.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Other times for some domains; the first match wins.</summary>
    public IReadOnlyList<DomainQueueOptions> Domains { get; init; } = [];
}

/// <summary>Other times for some domains; what is not given stays as it is for all.</summary>
public sealed record DomainQueueOptions
{
    /// <summary>Which domains: a name, <c>*.suffix</c> or <c>*</c>.</summary>
    public DomainPattern Domain { get; init; } = DomainPattern.All;

    /// <summary>Pause after the first attempt that failed for now.</summary>
    public TimeSpan? FirstRetry { get; init; }

    /// <summary>Longest pause between attempts.</summary>
    public TimeSpan? MaxRetry { get; init; }

    /// <summary>How long a message is tried.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>After how long the sender is told that a message is late.</summary>
    public TimeSpan? DelayWarning { get; init; }
}
