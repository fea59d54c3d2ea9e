using Postfleet.Admin.Messages;
using Postfleet.Contracts.Serialization;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Formats;

/// <summary>Maps the reports of nodes about themselves to their wire format.</summary>
internal static class NodeMapping
{
    public static Wire.GetNodeStatistics ToWire(GetNodeStatistics message) => Described(new()
    {
        Queue = message.Queue?.Value ?? "",
        MaxQueues = message.MaxQueues,
        MaxDestinations = message.MaxDestinations,
        QueuesAfter = ToWire(message.QueuesAfter),
        DestinationsAfter = ToWire(message.DestinationsAfter),
        Filter = ToWire(message.Filter),
        Destination = message.Destination?.Value ?? "",
        Source = message.Source ?? "",
    }, message);

    private static Wire.GetNodeStatistics Described(Wire.GetNodeStatistics wire, GetNodeStatistics message)
    {
        (wire.MaxMessages, wire.IsDescribed) = (message.MaxMessages, message.IsDescribed);
        if (message.Message is { } only) ValueMapping.AddIds(wire.Message, [only]);
        return wire;
    }

    public static GetNodeStatistics FromWire(Wire.GetNodeStatistics wire) =>
        new(wire.Queue.Length == 0 ? null : QueueKey.FromTrusted(wire.Queue), wire.MaxQueues, wire.MaxDestinations)
        {
            QueuesAfter = FromWire(wire.QueuesAfter),
            DestinationsAfter = FromWire(wire.DestinationsAfter),
            Filter = FromWire(wire.Filter),
            Destination = wire.Destination.Length == 0 ? null : new DestinationId(wire.Destination),
            MaxMessages = wire.MaxMessages,
            Message = wire.Message.Count == 0 ? null : ValueMapping.ToIds(wire.Message)[0],
            IsDescribed = wire.IsDescribed,
            Source = wire.Source.Length == 0 ? null : wire.Source,
        };

    public static Wire.NodeStatistics ToWire(NodeStatistics message)
    {
        var (messages, recipients, due, deferred, inFlight, held) = message.Total;
        var wire = new Wire.NodeStatistics
        {
            Total = new()
            {
                Messages = messages,
                Recipients = recipients,
                Due = due,
                Deferred = deferred,
                InFlight = inFlight,
                Held = held,
            },
            QueueCount = message.QueueCount,
            DestinationCount = message.DestinationCount,
            HasMoreQueues = message.HasMoreQueues,
            HasMoreDestinations = message.HasMoreDestinations,
        };
        if (message.Flow != RecentFlow.None)
            wire.Flow = new() { Accepted = message.Flow.Accepted, Delivered = message.Flow.Delivered, Deferred = message.Flow.Deferred };
        wire.Queues.AddRange(message.Queues.Select(EntityMapping.ToWire));
        wire.Destinations.AddRange(message.Destinations.Select(EntityMapping.ToWire));
        wire.Regions.AddRange(message.Regions.Select(ToWire));
        wire.Sources.AddRange(message.Sources.Select(EntityMapping.ToWire));
        return wire;
    }

    public static NodeStatistics FromWire(Wire.NodeStatistics wire) => new(
        wire.Total is { } total
            ? new(total.Messages, total.Recipients, total.Due, total.Deferred, total.InFlight, total.Held) : QueueTotals.None,
        wire.QueueCount,
        [.. wire.Queues.Select(EntityMapping.FromWire)],
        wire.DestinationCount,
        [.. wire.Destinations.Select(EntityMapping.FromWire)],
        [.. wire.Regions.Select(
            region => new RegionStatistics(
                region.Name, [.. region.Shards.Select(shard => new ShardStatistics(shard.Shard, shard.Entities))]))])
    {
        HasMoreQueues = wire.HasMoreQueues,
        HasMoreDestinations = wire.HasMoreDestinations,
        Sources = [.. wire.Sources.Select(EntityMapping.FromWire)],
        Flow = wire.Flow is { } flow ? new RecentFlow(flow.Accepted, flow.Delivered, flow.Deferred) : RecentFlow.None,
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
}
