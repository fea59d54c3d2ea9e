using Postfleet.Contracts.Stats;
using Postfleet.Delivery.Destinations.State;

namespace Postfleet.Delivery.Destinations;

/// <summary>Counts the jobs and connections of a destination, for the statistics of its node.</summary>
internal static class DestinationCounting
{
    /// <summary>The limits of a destination, without counts.</summary>
    public static DestinationCounts Limits(DestinationRules rules) => new()
    {
        MaxConnections = rules.MaxConnections,
        ConnectionsSetting = "Delivery:MaxConnectionsPerSite",
        MaxRate = rules.MaxRate.ToString(),
        RateSetting = rules.MaxRate.IsNone ? "" : "Delivery:MaxRatePerSite",
    };

    /// <summary>The limits with the counts of this moment.</summary>
    public static DestinationCounts Count(DestinationCounts limits, DestinationState state, DateTimeOffset now) => limits with
    {
        Queues = state.Queues,
        Waiting = state.Waiting,
        Running = state.Running,
        Connections = state.Connections,
        Granted = state.Granted,
        Unacknowledged = state.Unacknowledged,
        Tokens = state.Tokens(now),
        DownUntil = state.SiteDownUntil > now ? state.SiteDownUntil : null,
        Reply = state.SiteReply?.ToString(),
    };
}
