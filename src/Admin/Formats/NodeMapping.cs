using Postfleet.Admin.Messages;
using Postfleet.Contracts.Serialization;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Formats;

/// <summary>Maps the reports of nodes about themselves to their wire format.</summary>
internal static class NodeMapping
{
    public static Wire.GetNodeStatistics ToWire(GetNodeStatistics message) => new()
    {
        Queue = message.Queue?.Value ?? "",
        MaxQueues = message.MaxQueues,
        MaxDestinations = message.MaxDestinations,
        QueuesAfter = ToWire(message.QueuesAfter),
        DestinationsAfter = ToWire(message.DestinationsAfter),
        Filter = ToWire(message.Filter),
        Destination = message.Destination?.Value ?? "",
    };

    public static GetNodeStatistics FromWire(Wire.GetNodeStatistics wire) =>
        new(wire.Queue.Length == 0 ? null : QueueKey.FromTrusted(wire.Queue), wire.MaxQueues, wire.MaxDestinations)
        {
            QueuesAfter = FromWire(wire.QueuesAfter),
            DestinationsAfter = FromWire(wire.DestinationsAfter),
            Filter = FromWire(wire.Filter),
            Destination = wire.Destination.Length == 0 ? null : new DestinationId(wire.Destination),
        };

    public static Wire.NodeStatistics ToWire(NodeStatistics message)
    {
        var (messages, recipients, due, deferred, inFlight) = message.Total;
        var wire = new Wire.NodeStatistics
        {
            Total = new() { Messages = messages, Recipients = recipients, Due = due, Deferred = deferred, InFlight = inFlight },
            QueueCount = message.QueueCount,
            DestinationCount = message.DestinationCount,
            HasMoreQueues = message.HasMoreQueues,
            HasMoreDestinations = message.HasMoreDestinations,
        };
        wire.Queues.AddRange(message.Queues.Select(ToWire));
        wire.Destinations.AddRange(message.Destinations.Select(ToWire));
        wire.Regions.AddRange(message.Regions.Select(ToWire));
        return wire;
    }

    public static NodeStatistics FromWire(Wire.NodeStatistics wire) => new(
        wire.Total is { } total ? new(total.Messages, total.Recipients, total.Due, total.Deferred, total.InFlight) : QueueTotals.None,
        wire.QueueCount,
        [.. wire.Queues.Select(FromWire)],
        wire.DestinationCount,
        [.. wire.Destinations.Select(FromWire)],
        [.. wire.Regions.Select(
            region => new RegionStatistics(
                region.Name, [.. region.Shards.Select(shard => new ShardStatistics(shard.Shard, shard.Entities))]))])
    {
        HasMoreQueues = wire.HasMoreQueues,
        HasMoreDestinations = wire.HasMoreDestinations,
    };

    private static Wire.QueueFilter? ToWire(QueueFilter? filter) => filter is null ? null
        : new Wire.QueueFilter { Queue = filter.Queue, Domain = filter.Domain, Stream = filter.Stream, Site = filter.Site };

    private static QueueFilter? FromWire(Wire.QueueFilter? wire) =>
        wire is null ? null : new QueueFilter(wire.Queue, wire.Domain, wire.Stream, wire.Site);

    private static Wire.ListPlace? ToWire(ListPlace? place) =>
        place is null ? null : new Wire.ListPlace { Number = place.Number, Name = place.Name };

    private static ListPlace? FromWire(Wire.ListPlace? wire) => wire is null ? null : new ListPlace(wire.Number, wire.Name);

    private static Wire.RegionStatistics ToWire(RegionStatistics region)
    {
        var wire = new Wire.RegionStatistics { Name = region.Name };
        wire.Shards.AddRange(region.Shards.Select(shard => new Wire.ShardStatistics { Shard = shard.Shard, Entities = shard.Entities }));
        return wire;
    }

    private static Wire.QueueStatistics ToWire(QueueStatistics report) => new()
    {
        Queue = report.Queue.Value,
        Messages = report.Counts.Messages,
        Recipients = report.Counts.Recipients,
        Due = report.Counts.Due,
        Deferred = report.Counts.Deferred,
        InFlight = report.Counts.InFlight,
        OldestAcceptedAt = ToTicks(report.Counts.OldestAcceptedAt),
        NextDue = ToTicks(report.Counts.NextDue),
        LastReply = report.Counts.LastReply ?? "",
        Destination = report.Counts.Destination ?? "",
    };

    private static QueueStatistics FromWire(Wire.QueueStatistics wire) => new(QueueKey.FromTrusted(wire.Queue), new QueueCounts
    {
        Messages = wire.Messages,
        Recipients = wire.Recipients,
        Due = wire.Due,
        Deferred = wire.Deferred,
        InFlight = wire.InFlight,
        OldestAcceptedAt = ToTime(wire.OldestAcceptedAt),
        NextDue = ToTime(wire.NextDue),
        LastReply = ToText(wire.LastReply),
        Destination = ToText(wire.Destination),
    });

    private static Wire.DestinationStatistics ToWire(DestinationStatistics report)
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
        };
        if (report.Counts.Tokens is { } tokens) wire.Tokens = tokens;
        return wire;
    }

    private static DestinationStatistics FromWire(Wire.DestinationStatistics wire) =>
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
        });

    private static long ToTicks(DateTimeOffset? time) => time?.UtcTicks ?? 0;

    private static DateTimeOffset? ToTime(long ticks) => ticks == 0 ? null : ValueMapping.ToTime(ticks);

    private static string? ToText(string text) => text.Length == 0 ? null : text;
}
