using Postfleet.Contracts.Serialization;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Formats;

/// <summary>
/// The fields of a <see cref="QueuedPart"/> in the messages that carry one. A new property of a part is a field of the same name in each
/// of these messages: the compiler finds the messages that lack it.
/// </summary>
internal interface IQueuedPartFields
{
    /// <summary>The upper half of the message's id.</summary>
    ulong MessageHigh { get; set; }

    /// <summary>The lower half of the message's id.</summary>
    ulong MessageLow { get; set; }

    /// <summary>How many recipients the part has.</summary>
    int Recipients { get; set; }

    /// <summary>When the message was accepted, in UTC ticks.</summary>
    long AcceptedAt { get; set; }

    /// <summary>How long the part waits for its first attempt, in seconds after its acceptance.</summary>
    int SendAfter { get; set; }

    /// <summary>The priority.</summary>
    int Priority { get; set; }

    /// <summary>What happens when the time for the delivery is over.</summary>
    int DeliverByMode { get; set; }

    /// <summary>The time for the delivery, in seconds after the acceptance.</summary>
    int DeliverWithin { get; set; }
}

/// <summary>Maps parts to and from the fields of messages; the one place that knows both.</summary>
internal static class QueuedPartMapping
{
    /// <summary>Writes the fields of a part into a message.</summary>
    /// <returns>The message.</returns>
    public static T With<T>(this T wire, in QueuedPart part) where T : IQueuedPartFields
    {
        (wire.MessageHigh, wire.MessageLow) = (part.Message.High, part.Message.Low);
        wire.Recipients = part.Recipients;
        wire.AcceptedAt = part.AcceptedAt.UtcTicks;
        wire.SendAfter = part.SendAfter;
        wire.Priority = part.Priority;
        wire.DeliverByMode = (int)part.DeliverByMode;
        wire.DeliverWithin = part.DeliverWithin;
        return wire;
    }

    /// <summary>Reads the part of a message.</summary>
    public static QueuedPart ToPart(this IQueuedPartFields wire) =>
        new(MessageId.FromHalves(wire.MessageHigh, wire.MessageLow), wire.Recipients, ValueMapping.ToTime(wire.AcceptedAt))
        {
            SendAfter = wire.SendAfter,
            Priority = wire.Priority,
            DeliverByMode = (DeliverByMode)wire.DeliverByMode,
            DeliverWithin = wire.DeliverWithin,
        };
}
