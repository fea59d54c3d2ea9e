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

    public static Wire.ApplyAction ToWire(ApplyAction message)
    {
        var wire = new Wire.ApplyAction
        {
            Queue = message.Queue.Value,
            Number = message.Number,
            Action = (int)EnumMapping.Known(message.Action),
            AcceptedBefore = message.AcceptedBefore.UtcTicks,
            Reason = message.Reason,
            Piece = message.Piece,
            Stream = message.Stream,
        };
        ValueMapping.AddIds(wire.Messages, message.Messages);
        return wire;
    }

    public static ApplyAction FromWire(Wire.ApplyAction wire) => new(
        QueueKey.FromTrusted(wire.Queue), wire.Number, EnumMapping.Known((MessageAction)wire.Action),
        ValueMapping.ToTime(wire.AcceptedBefore), ValueMapping.ToIds(wire.Messages), wire.Reason)
    {
        Piece = wire.Piece,
        Stream = wire.Stream,
    };

    public static Wire.ActionProgress ToWire(ActionProgress message) => new()
    {
        Queue = message.Queue.Value,
        Number = message.Number,
        Messages = message.Messages,
        IsComplete = message.IsComplete,
        Piece = message.Piece,
        Held = message.Held,
        Suspended = message.Suspended,
    };

    public static ActionProgress FromWire(Wire.ActionProgress wire) =>
        new(QueueKey.FromTrusted(wire.Queue), wire.Number, wire.Messages, wire.IsComplete)
        {
            Piece = wire.Piece,
            Held = wire.Held,
            Suspended = wire.Suspended,
        };

    public static Wire.WithdrawAction ToWire(WithdrawAction message) => new() { Queue = message.Queue.Value, Number = message.Number };

    public static WithdrawAction FromWire(Wire.WithdrawAction wire) => new(QueueKey.FromTrusted(wire.Queue), wire.Number);

    public static Wire.SuspensionChanged ToWire(SuspensionChanged message) => new() { Queue = message.Queue.Value };

    public static SuspensionChanged FromWire(Wire.SuspensionChanged wire) => new(QueueKey.FromTrusted(wire.Queue));
}
