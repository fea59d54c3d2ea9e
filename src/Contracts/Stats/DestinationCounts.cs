namespace Postfleet.Contracts.Stats;

/// <summary>What one destination has in hand at a moment.</summary>
public sealed record DestinationCounts
{
    /// <summary>Queues that have anything at the destination.</summary>
    public int Queues { get; init; }

    /// <summary>Most connections that the site may have, over the whole cluster.</summary>
    public int MaxConnections { get; init; }

    /// <summary>
    /// Most transactions that the site may have in a time, over the whole cluster, such as <c>50/s</c>; empty when there is no such limit.
    /// </summary>
    public string MaxRate { get; init; } = "";

    /// <summary>
    /// Transactions that could start now by the site's rate, negative when more have started than it allows; null when it has none.
    /// </summary>
    public int? Tokens { get; init; }

    /// <summary>Jobs that wait for a connection, or for the site's rate.</summary>
    public int Waiting { get; init; }

    /// <summary>Jobs that are being sent.</summary>
    public int Running { get; init; }

    /// <summary>Connections, with those that are being opened or closed.</summary>
    public int Connections { get; init; }

    /// <summary>Credits that queues hold and have not used.</summary>
    public int Granted { get; init; }

    /// <summary>Outcomes that the queues have not acknowledged.</summary>
    public int Unacknowledged { get; init; }

    /// <summary>Until when the site is left alone because it could not be reached; null when it is not.</summary>
    public DateTimeOffset? DownUntil { get; init; }

    /// <summary>Why the site could not be reached last; null when it could.</summary>
    public string? Reply { get; init; }
}
