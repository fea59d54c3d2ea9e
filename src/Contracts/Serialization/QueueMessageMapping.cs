using System.Runtime.Serialization;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Serialization;

/// <summary>The messages of destinations to queues.</summary>
internal static class QueueMessageMapping
{
    public static Wire.CreditGranted ToWire(CreditGranted message) => new()
    {
        Queue = message.Queue.Value,
        Destination = message.Destination.Value,
        Credits = message.Credits,
        Incarnation = message.Incarnation,
    };

    public static CreditGranted FromWire(Wire.CreditGranted wire) =>
        new(QueueKey.FromTrusted(wire.Queue), new DestinationId(wire.Destination), wire.Credits) { Incarnation = wire.Incarnation };

    public static Wire.SiteUnavailable ToWire(SiteUnavailable message) => new()
    {
        Queue = message.Queue.Value,
        Destination = message.Destination.Value,
        RetryAfter = message.RetryAfter.Ticks,
        Reply = ValueMapping.ToWire(message.Reply),
    };

    public static SiteUnavailable FromWire(Wire.SiteUnavailable wire) => new(
        QueueKey.FromTrusted(wire.Queue),
        new DestinationId(wire.Destination),
        TimeSpan.FromTicks(wire.RetryAfter),
        ValueMapping.FromWire(wire.Reply ?? throw new SerializationException("no reply")));
}
