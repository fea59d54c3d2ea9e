namespace Postfleet.Contracts.Stats;

/// <summary>The state of a destination at a moment.</summary>
public sealed record DestinationCounts
{
    /// <summary>Queues with requests, jobs or outcomes at the destination.</summary>
    public int Queues { get; init; }

    /// <summary>The provider of section <c>Providers</c> that the hosts belong to; empty for none.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The maximum number of connections to the site, over the whole cluster.</summary>
    public int MaxConnections { get; init; }

    /// <summary>
    /// The maximum rate of transactions to the site, over the whole cluster, for example <c>50/s</c>; empty without a limit.
    /// </summary>
    public string MaxRate { get; init; } = "";

    /// <summary>The key of the configuration of <see cref="MaxConnections"/>; empty without a limit.</summary>
    public string ConnectionsSetting { get; init; } = "";

    /// <summary>The key of the configuration of <see cref="MaxRate"/>; empty without a limit.</summary>
    public string RateSetting { get; init; } = "";

    /// <summary>Transactions allowed by the rate to start now, negative if more have started; null without a rate.</summary>
    public int? Tokens { get; init; }

    /// <summary>Jobs waiting for a connection or for the rate.</summary>
    public int Waiting { get; init; }

    /// <summary>Jobs being sent.</summary>
    public int Running { get; init; }

    /// <summary>Connections, including connections being opened or closed.</summary>
    public int Connections { get; init; }

    /// <summary>Unused credit of queues.</summary>
    public int Granted { get; init; }

    /// <summary>Unacknowledged outcomes.</summary>
    public int Unacknowledged { get; init; }

    /// <summary>Credits that queues have asked for and not got.</summary>
    public int Wanted { get; init; }

    /// <summary>Since when jobs have waited for the rate, with any of them started meanwhile; null if none has.</summary>
    public DateTimeOffset? RateSince { get; init; }

    /// <summary>When the rate allows the next transaction; null if the waiting jobs wait for other reasons.</summary>
    public DateTimeOffset? RateUntil { get; init; }

    /// <summary>Since when the maximum number of connections is open; null if fewer are.</summary>
    public DateTimeOffset? FullSince { get; init; }

    /// <summary>Whether the destination accepts no more jobs: its node stops, or its shard moves.</summary>
    public bool IsLeaving { get; init; }

    /// <summary>When the site could first not be reached; null if it was reached since, or was not tried.</summary>
    public DateTimeOffset? DownSince { get; init; }

    /// <summary>The end of the pause after the site could not be reached; null without a pause.</summary>
    public DateTimeOffset? DownUntil { get; init; }

    /// <summary>The rule for replies that lowered a limit or pauses the destination; empty for none.</summary>
    public string Rule { get; init; } = "";

    /// <summary>The part of the limit that the rule has left, above 0 and below 1; null if no limit is lowered.</summary>
    public double? Factor { get; init; }

    /// <summary>The reply that the rule matched last; empty without a rule.</summary>
    public string RuleReply { get; init; } = "";

    /// <summary>When the lowered limit may rise; null if none is lowered.</summary>
    public DateTimeOffset? RisesAt { get; init; }

    /// <summary>Since when a rule pauses the destination; null if none does.</summary>
    public DateTimeOffset? PausedSince { get; init; }

    /// <summary>The end of the pause by a rule; null without one.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>The reason of the last failure to reach the site; null if the site was reached.</summary>
    public string? Reply { get; init; }
}
