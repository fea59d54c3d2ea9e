namespace Postfleet.Admin.Metrics;

/// <summary>Sums over the queues of one stream on this node.</summary>
internal sealed class StreamSums
{
    /// <summary>Queues with mail.</summary>
    public long Queues { get; set; }

    /// <summary>Open recipients.</summary>
    public long Recipients { get; set; }

    /// <summary>Due messages.</summary>
    public long Due { get; set; }

    /// <summary>Messages waiting for their next attempt.</summary>
    public long Deferred { get; set; }

    /// <summary>Messages whose attempt runs.</summary>
    public long InFlight { get; set; }

    /// <summary>Messages on hold.</summary>
    public long Held { get; set; }

    /// <summary>When the oldest message was accepted; null without messages.</summary>
    public DateTimeOffset? OldestAcceptedAt { get; set; }
}
