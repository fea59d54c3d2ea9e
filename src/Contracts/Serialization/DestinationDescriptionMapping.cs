using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Serialization;

/// <summary>The descriptions of destinations. For the formats of all modules.</summary>
public static class DestinationDescriptionMapping
{
    internal static Wire.DescribeDestination ToWire(DescribeDestination message) => new() { Destination = message.Destination.Value };

    internal static DescribeDestination FromWire(Wire.DescribeDestination wire) => new(new DestinationId(wire.Destination));

    /// <summary>Writes a description.</summary>
    public static Wire.DestinationDescription ToWire(DestinationDescription message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var wire = new Wire.DestinationDescription
        {
            Destination = message.Destination.Value,
            LastDeliveryAt = QueueDescriptionMapping.ToTicks(message.LastDeliveryAt),
        };
        wire.Connections.AddRange(message.Connections.Select(ToWire));
        wire.Replies.AddRange(message.Replies.Select(QueueDescriptionMapping.ToWire));
        wire.Queues.AddRange(message.Queues.Select(queue => new Wire.QueueAtDestination
        {
            Queue = queue.Queue.Value,
            Waiting = queue.Waiting,
            Wanted = queue.Wanted,
            Granted = queue.Granted,
        }));
        wire.Streams.AddRange(message.Streams.Select(stream => new Wire.StreamAtDestination
        {
            Stream = stream.Stream,
            Weight = stream.Weight,
            Queues = stream.Queues,
            Waiting = stream.Waiting,
            Wanted = stream.Wanted,
            Granted = stream.Granted,
            Slowed = stream.Slowed,
        }));
        return wire;
    }

    /// <summary>Reads a description.</summary>
    public static DestinationDescription FromWire(Wire.DestinationDescription wire)
    {
        ArgumentNullException.ThrowIfNull(wire);
        return new DestinationDescription(new DestinationId(wire.Destination))
        {
            Connections = [.. wire.Connections.Select(FromWire)],
            Replies = [.. wire.Replies.Select(QueueDescriptionMapping.FromWire)],
            LastDeliveryAt = QueueDescriptionMapping.ToTime(wire.LastDeliveryAt),
            Queues = [.. wire.Queues.Select(
                queue => new QueueAtDestination(QueueKey.FromTrusted(queue.Queue), queue.Waiting, queue.Wanted, queue.Granted))],
            Streams = [.. wire.Streams.Select(stream => new StreamAtDestination(
                stream.Stream, stream.Weight, stream.Queues, stream.Waiting, stream.Wanted, stream.Granted)
            {
                Slowed = stream.Slowed,
            })],
        };
    }

    private static Wire.Connection ToWire(ConnectionFacts connection)
    {
        var wire = new Wire.Connection
        {
            Number = connection.Number,
            Phase = (int)EnumMapping.Known(connection.Phase),
            OpenedAt = connection.OpenedAt.UtcTicks,
            PhaseSince = connection.PhaseSince.UtcTicks,
            RemoteHost = connection.RemoteHost,
            Source = connection.Source,
            Tls = connection.Tls,
            Messages = connection.Messages,
        };
        if (connection.Part is not { } part) return wire;
        wire.Queue = part.Queue.Value;
        ValueMapping.AddIds(wire.Message, [part.Message]);
        return wire;
    }

    private static ConnectionFacts FromWire(Wire.Connection wire) => new(
        wire.Number, EnumMapping.Known((ConnectionPhase)wire.Phase), ValueMapping.ToTime(wire.OpenedAt),
        ValueMapping.ToTime(wire.PhaseSince))
    {
        RemoteHost = wire.RemoteHost,
        Source = wire.Source,
        Tls = wire.Tls,
        Messages = wire.Messages,
        Part = wire.Message.Count == 0 ? null : new PartId(ValueMapping.ToIds(wire.Message)[0], QueueKey.FromTrusted(wire.Queue)),
    };
}
