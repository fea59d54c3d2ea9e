using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations;

/// <summary>What a destination's state wants done.</summary>
internal abstract record DestinationEffect
{
    private DestinationEffect()
    {
    }

    /// <summary>Grant credit to a queue.</summary>
    public sealed record Grant(QueueKey Queue, int Credits) : DestinationEffect;

    /// <summary>Tell a queue that the site cannot be reached.</summary>
    public sealed record Unavailable(QueueKey Queue, TimeSpan RetryAfter, SmtpReply Reply) : DestinationEffect;

    /// <summary>Tell a queue how jobs ended.</summary>
    public sealed record Report(QueueKey Queue, IReadOnlyList<JobOutcome> Jobs) : DestinationEffect;

    /// <summary>Open a connection under this number.</summary>
    public sealed record Open(int Connection) : DestinationEffect;

    /// <summary>Have a connection send a job.</summary>
    public sealed record Send(int Connection, Job Job) : DestinationEffect;

    /// <summary>Close a connection.</summary>
    public sealed record Close(int Connection) : DestinationEffect;

    /// <summary>The site went down, or came back.</summary>
    public sealed record SiteChanged(bool IsUp, TimeSpan RetryAfter, SmtpReply? Reply) : DestinationEffect;
}
