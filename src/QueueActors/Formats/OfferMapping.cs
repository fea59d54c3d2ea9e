using Postfleet.Contracts.Serialization;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.Formats;

/// <summary>The offers of parts to queues, and their acknowledgements.</summary>
internal static class OfferMapping
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
}
