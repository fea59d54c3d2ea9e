using Postfleet.Admin.Messages;
using Postfleet.Contracts.Serialization;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Formats;

/// <summary>Maps the reports of queues and destinations to their wire format.</summary>
internal static class EntityMapping
{
    public static Wire.QueueStatistics ToWire(QueueStatistics report)
    {
        var wire = new Wire.QueueStatistics
        {
            Queue = report.Queue.Value,
            Messages = report.Counts.Messages,
            Recipients = report.Counts.Recipients,
            Due = report.Counts.Due,
            Deferred = report.Counts.Deferred,
            InFlight = report.Counts.InFlight,
            Held = report.Counts.Held,
            OldestAcceptedAt = ToTicks(report.Counts.OldestAcceptedAt),
            NextDue = ToTicks(report.Counts.NextDue),
            LastReply = report.Counts.LastReply ?? "",
            Destination = report.Counts.Destination ?? "",
        };
        if (report.Description is { } description) wire.Description = QueueDescriptionMapping.ToWire(description);
        return wire;
    }

    public static QueueStatistics FromWire(Wire.QueueStatistics wire) => new(QueueKey.FromTrusted(wire.Queue), new QueueCounts
    {
        Messages = wire.Messages,
        Recipients = wire.Recipients,
        Due = wire.Due,
        Deferred = wire.Deferred,
        InFlight = wire.InFlight,
        Held = wire.Held,
        OldestAcceptedAt = ToTime(wire.OldestAcceptedAt),
        NextDue = ToTime(wire.NextDue),
        LastReply = ToText(wire.LastReply),
        Destination = ToText(wire.Destination),
    })
    {
        Description = wire.Description is { } description ? QueueDescriptionMapping.FromWire(description) : null,
    };

    public static Wire.DestinationStatistics ToWire(DestinationStatistics report)
    {
        var wire = new Wire.DestinationStatistics
        {
            Destination = report.Destination.Value,
            MaxConnections = report.Counts.MaxConnections,
            MaxRate = report.Counts.MaxRate,
            ConnectionsSetting = report.Counts.ConnectionsSetting,
            RateSetting = report.Counts.RateSetting,
            Queues = report.Counts.Queues,
            Waiting = report.Counts.Waiting,
            Running = report.Counts.Running,
            Connections = report.Counts.Connections,
            Granted = report.Counts.Granted,
            Unacknowledged = report.Counts.Unacknowledged,
            DownUntil = ToTicks(report.Counts.DownUntil),
            Reply = report.Counts.Reply ?? "",
            Wanted = report.Counts.Wanted,
            RateSince = ToTicks(report.Counts.RateSince),
            RateUntil = ToTicks(report.Counts.RateUntil),
            FullSince = ToTicks(report.Counts.FullSince),
            IsLeaving = report.Counts.IsLeaving,
            DownSince = ToTicks(report.Counts.DownSince),
            Rule = report.Counts.Rule,
            RuleReply = report.Counts.RuleReply,
            RisesAt = ToTicks(report.Counts.RisesAt),
            PausedSince = ToTicks(report.Counts.PausedSince),
            PausedUntil = ToTicks(report.Counts.PausedUntil),
            Provider = report.Counts.Provider,
        };
        if (report.Description is { } description) wire.Description = DestinationDescriptionMapping.ToWire(description);
        if (report.Counts.Tokens is { } tokens) wire.Tokens = tokens;
        if (report.Counts.Factor is { } factor) wire.Factor = factor;
        return wire;
    }

    public static DestinationStatistics FromWire(Wire.DestinationStatistics wire) =>
        new(new DestinationId(wire.Destination), new DestinationCounts
        {
            MaxConnections = wire.MaxConnections,
            MaxRate = wire.MaxRate,
            ConnectionsSetting = wire.ConnectionsSetting,
            RateSetting = wire.RateSetting,
            Tokens = wire.HasTokens ? wire.Tokens : null,
            Queues = wire.Queues,
            Waiting = wire.Waiting,
            Running = wire.Running,
            Connections = wire.Connections,
            Granted = wire.Granted,
            Unacknowledged = wire.Unacknowledged,
            DownUntil = ToTime(wire.DownUntil),
            Reply = ToText(wire.Reply),
            Wanted = wire.Wanted,
            RateSince = ToTime(wire.RateSince),
            RateUntil = ToTime(wire.RateUntil),
            FullSince = ToTime(wire.FullSince),
            IsLeaving = wire.IsLeaving,
            DownSince = ToTime(wire.DownSince),
            Rule = wire.Rule,
            Factor = wire.HasFactor ? wire.Factor : null,
            RuleReply = wire.RuleReply,
            RisesAt = ToTime(wire.RisesAt),
            PausedSince = ToTime(wire.PausedSince),
            PausedUntil = ToTime(wire.PausedUntil),
            Provider = wire.Provider,
        })
        {
            Description = wire.Description is { } description ? DestinationDescriptionMapping.FromWire(description) : null,
        };

    public static Wire.SourceStatistics ToWire(SourceStatistics report) => new()
    {
        Source = report.Source,
        Provider = report.Provider,
        Destinations = report.Destinations,
        Unreachable = report.Unreachable,
        Paused = report.Paused,
        Lowered = report.Lowered,
        Waiting = report.Waiting,
        Running = report.Running,
        Connections = report.Connections,
        FailedSince = ToTicks(report.FailedSince),
        Reply = report.Reply ?? "",
    };

    public static SourceStatistics FromWire(Wire.SourceStatistics wire) => new(wire.Source, wire.Provider)
    {
        Destinations = wire.Destinations,
        Unreachable = wire.Unreachable,
        Paused = wire.Paused,
        Lowered = wire.Lowered,
        Waiting = wire.Waiting,
        Running = wire.Running,
        Connections = wire.Connections,
        FailedSince = ToTime(wire.FailedSince),
        Reply = ToText(wire.Reply),
    };

    private static long ToTicks(DateTimeOffset? time) => time?.UtcTicks ?? 0;

    private static DateTimeOffset? ToTime(long ticks) => ticks == 0 ? null : ValueMapping.ToTime(ticks);

    private static string? ToText(string text) => text.Length == 0 ? null : text;
}
