using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>One attempt at one part, from its arrival to the acknowledgement of its outcome.</summary>
internal sealed class Job(PartId part, int attempt, RecipientSet open, QueueAccount account, long pulse = 0)
{
    public PartId Part => part;

    /// <summary>The attempt's number: with the part it makes the job the same one when it comes again.</summary>
    public int Attempt => attempt;

    public RecipientSet Open => open;

    /// <summary>The account of the job's queue.</summary>
    public QueueAccount Account => account;

    /// <summary>The pulse's mark when it came: if this process stands still after that, another node may have the job too.</summary>
    public long Pulse => pulse;

    /// <summary>What it has of the site's rate; null while it waits, and where there is no rate.</summary>
    public TokenTicket? Ticket { get; set; }

    /// <summary>How it ended; null while it waits or runs.</summary>
    public JobOutcome? Outcome { get; set; }

    /// <summary>How often the outcome was sent; -1 once it is acknowledged.</summary>
    public int Sends { get; set; }

    /// <summary>Whether the outcome is in line to be sent with the next batch.</summary>
    public bool IsToBeSent { get; set; }
}
