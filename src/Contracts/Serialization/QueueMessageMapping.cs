using System.Runtime.Serialization;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Serialization;

/// <summary>The messages to queues, and their answer to the hand-off.</summary>
internal static class QueueMessageMapping
{
    public static Wire.Enqueue ToWire(Enqueue message)
    {
        var wire = new Wire.Enqueue { Queue = message.Queue.Value, Parts = { Capacity = message.Parts.Count } };
        for (var i = 0; i < message.Parts.Count; i++)
        {
            var offer = message.Parts[i];
            wire.Parts.Add(new Wire.PartOffer { IsRepeat = offer.IsRepeat }.With(offer.Part));
        }

        return wire;
    }

    public static Enqueue FromWire(Wire.Enqueue wire)
    {
        var parts = new PartOffer[wire.Parts.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = new PartOffer(wire.Parts[i].ToPart(), wire.Parts[i].IsRepeat);
        }

        return new Enqueue(QueueKey.FromTrusted(wire.Queue), parts);
    }

    public static Wire.Enqueued ToWire(Enqueued message)
    {
        var wire = new Wire.Enqueued { Queue = message.Queue.Value };
        ValueMapping.AddIds(wire.Messages, message.Messages);
        return wire;
    }

    public static Enqueued FromWire(Wire.Enqueued wire) => new(QueueKey.FromTrusted(wire.Queue), ValueMapping.ToIds(wire.Messages));

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
