using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>One attempt at one part, from its arrival to the acknowledgement of its outcome.</summary>
internal sealed class Job(PartId part, int attempt, RecipientSet open, QueueAccount account, long stallMark = 0)
{
    public PartId Part => part;

    /// <summary>The number of the attempt. A repeated job has the same part and number.</summary>
    public int Attempt => attempt;

    public RecipientSet Open => open;

    /// <summary>The account of the job's queue.</summary>
    public QueueAccount Account => account;

    /// <summary>
    /// The stall detector's mark when the job came. After a later stall of this process, another node may have the job too.
    /// </summary>
    public long StallMark => stallMark;

    /// <summary>Its tokens of the site's rates, one ticket for each; null while it waits, and where there is no rate.</summary>
    public TokenTicket[]? Tickets { get; set; }

    /// <summary>Its units of the site's daily limit; null while it waits, and where there is no such limit.</summary>
    public DailyTicket? Units { get; set; }

    /// <summary>Its outcome; null while it waits or runs.</summary>
    public JobOutcome? Outcome { get; set; }

    /// <summary>How often the outcome was sent; -1 after the acknowledgement.</summary>
    public int Sends { get; set; }

    /// <summary>Whether the outcome is to be sent with the next batch.</summary>
    public bool IsToBeSent { get; set; }
}
