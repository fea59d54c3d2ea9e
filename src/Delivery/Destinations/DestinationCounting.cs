using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Shaping;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Destinations;

/// <summary>Counts the jobs and connections of a destination, for the statistics of its node.</summary>
internal static class DestinationCounting
{
    /// <summary>The limits of a destination, without counts.</summary>
    public static DestinationCounts Limits(DestinationRules rules, DestinationShape? shape = null)
    {
        var rates = RateList.Of(rules.MaxPerDay.IsNone ? rules.MaxRate.Rates : [.. rules.MaxRate.Rates, rules.MaxPerDay]);
        return new DestinationCounts
        {
            Provider = shape?.Provider ?? "",
            MaxConnections = rules.MaxConnections,
            ConnectionsSetting = shape?.SettingOf("MaxConnections") ?? "Delivery:MaxConnectionsPerSite",
            MaxRate = rates.ToString(),
            RateSetting = rates.IsNone ? "" : shape?.SettingOf("MaxRate") ?? "Delivery:MaxRatePerSite",
        };
    }

    /// <summary>The limits with the counts of this moment.</summary>
    public static DestinationCounts Count(DestinationCounts limits, DestinationState state, DateTimeOffset now) => Shaped(
        limits with
        {
            Queues = state.Queues,
            Waiting = state.Waiting,
            Running = state.Running,
            Connections = state.Connections,
            Granted = state.Granted,
            Unacknowledged = state.Unacknowledged,
            Wanted = state.Wanted,
            RateSince = state.RateSince,
            RateUntil = state.RateUntil(now),
            FullSince = state.FullSince,
            IsLeaving = state.IsStopping,
            DownSince = state.SiteDownSince,
            Tokens = state.Tokens(now),
            DownUntil = state.SiteDownUntil > now ? state.SiteDownUntil : null,
            Reply = state.SiteReply?.ToString(),
        },
        state.Shaping, now);

    private static DestinationCounts Shaped(DestinationCounts counts, SiteShaping shaping, DateTimeOffset now)
    {
        if (shaping.IsQuiet) return counts;
        var isPaused = shaping.IsPaused(now);
        var slowest = !shaping.Rate.IsActive || (shaping.Connections.IsActive && shaping.Connections.Factor < shaping.Rate.Factor)
            ? shaping.Connections : shaping.Rate;
        return counts with
        {
            MaxConnections = shaping.Effective.MaxConnections,
            MaxRate = shaping.Rate.IsActive ? shaping.Effective.MaxRate.ToString() : counts.MaxRate,
            ConnectionsSetting = shaping.Connections.IsActive ? $"rule {shaping.Connections.Rule}" : counts.ConnectionsSetting,
            RateSetting = shaping.Rate.IsActive ? $"rule {shaping.Rate.Rule}" : counts.RateSetting,
            Rule = isPaused ? shaping.Pause.Rule : slowest.IsActive ? slowest.Rule : "",
            RuleReply = isPaused ? shaping.Pause.Reply : slowest.IsActive ? slowest.Reply : "",
            Factor = slowest.IsActive ? slowest.Factor : null,
            RisesAt = slowest.NextStep,
            PausedSince = isPaused ? shaping.Pause.Since : null,
            PausedUntil = isPaused ? shaping.Pause.Until : null,
        };
    }

    /// <summary>Describes a destination with its connections.</summary>
    public static DestinationDescription Describe(
        DestinationId id, DestinationState state, IReadOnlyDictionary<int, ConnectionLoop> connections)
    {
        var description = state.Describe(id);
        return description with
        {
            Connections = [.. description.Connections.Select(
                facts => connections.GetValueOrDefault(facts.Number)?.Current is { } current ? Describe(facts, current) : facts)],
        };
    }

    private static ConnectionFacts Describe(ConnectionFacts facts, ISiteConnection connection) => facts with
    {
        RemoteHost = QueueDescription.Cut(connection.RemoteHost),
        Source = connection.Details.Source,
        Tls = QueueDescription.Cut(connection.Tls),
        Messages = connection.Messages,
    };
}
