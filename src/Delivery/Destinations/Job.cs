using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations;

/// <summary>One attempt at one part.</summary>
internal sealed class Job(PartId part, int attempt, RecipientSet open)
{
    public PartId Part { get; } = part;

    public int Attempt { get; } = attempt;

    public RecipientSet Open { get; } = open;

    public bool IsRunning { get; set; }

    /// <summary>How it ended; null until then.</summary>
    public JobOutcome? Outcome { get; set; }

    /// <summary>When the outcome was last sent, in UTC ticks; 0 while it waits to be sent.</summary>
    public long ReportedAt { get; set; }
}
