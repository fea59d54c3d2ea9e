namespace Postfleet.Contracts.Stats;

/// <summary>The content of a queue at a moment.</summary>
public sealed record QueueCounts
{
    /// <summary>Messages with open recipients.</summary>
    public int Messages { get; init; }

    /// <summary>Open recipients.</summary>
    public int Recipients { get; init; }

    /// <summary>Due messages waiting for credit or a route.</summary>
    public int Due { get; init; }

    /// <summary>Messages waiting for their next attempt.</summary>
    public int Deferred { get; init; }

    /// <summary>Messages whose attempt is started and has no outcome.</summary>
    public int InFlight { get; init; }

    /// <summary>Messages that an operator has put on hold.</summary>
    public int Held { get; init; }

    /// <summary>When the oldest message was accepted.</summary>
    public DateTimeOffset? OldestAcceptedAt { get; init; }

    /// <summary>The next time at which a deferred message is due, or the site is asked again.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>The last negative reply.</summary>
    public string? LastReply { get; init; }

    /// <summary>The destination of the queue's mail.</summary>
    public string? Destination { get; init; }
}
