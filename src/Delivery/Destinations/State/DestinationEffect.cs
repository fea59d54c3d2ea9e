using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>An action decided by <see cref="DestinationState"/>.</summary>
internal abstract record DestinationEffect
{
    private DestinationEffect()
    {
    }

    /// <summary>Grant credit to a queue.</summary>
    public sealed record Grant(QueueKey Queue, int Credits) : DestinationEffect;

    /// <summary>Tell a queue that the site cannot be reached.</summary>
    public sealed record Refuse(QueueKey Queue, TimeSpan RetryAfter, SmtpReply Reply) : DestinationEffect;

    /// <summary>Tell a queue how jobs ended.</summary>
    public sealed record Report(QueueKey Queue, IReadOnlyList<JobOutcome> Jobs) : DestinationEffect;

    /// <summary>Open a connection under this number.</summary>
    public sealed record Open(int Connection, DeliveryTarget Target) : DestinationEffect;

    /// <summary>Have a connection send a job.</summary>
    public sealed record Send(int Connection, Job Job) : DestinationEffect;

    /// <summary>Close a connection, which has no job, or give it up if it is being opened.</summary>
    public sealed record Close(int Connection) : DestinationEffect;

    /// <summary>Ask the storage for units of the daily limit.</summary>
    public sealed record TakeUnits(DailyCap Day, int Units) : DestinationEffect;

    /// <summary>Log the beginning of an outage of the site.</summary>
    public sealed record SiteWentDown(TimeSpan Pause, SmtpReply Reply) : DestinationEffect;

    /// <summary>Log and store a step of what replies have taught of the site.</summary>
    /// <param name="Step">The step.</param>
    /// <param name="Scope">What is limited.</param>
    /// <param name="Row">The row to be written, without its destination; null where it is to be deleted.</param>
    public sealed record Shaped(ShapingStep Step, string Scope, SiteState? Row) : DestinationEffect;

    /// <summary>Log the end of an outage of the site.</summary>
    public sealed record SiteCameUp : DestinationEffect;
}
