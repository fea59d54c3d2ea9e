using System.Runtime.Serialization;
using Postfleet.Contracts.Serialization;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.Formats;

/// <summary>The state of moved parts, in events and checkpoints.</summary>
internal static class MovedPartMapping
{
    public static Wire.MovedPart ToWire(MovedPart part, TextTableWriter texts)
    {
        var wire = new Wire.MovedPart
        {
            Open = part.Open.FirstWord,
            Attempt = part.Attempt,
            Moves = part.Moves,
            Tries = part.Tries,
            Crashes = part.Crashes,
            Action = part.Action,
            IsDelayReported = part.IsDelayReported,
            IsHeld = part.IsHeld,
            LastReply = part.LastReply is { } reply ? texts.Index(reply) : 0,
            LastRemoteHost = texts.Index(part.LastRemoteHost),
        };
        ValueMapping.AddMoreWords(wire.MoreOpen, part.Open);
        return wire;
    }

    public static MovedPart FromWire(Wire.MovedPart wire, TextTableReader texts) =>
        new(ValueMapping.ToSet(wire.Open, wire.MoreOpen), wire.Attempt, wire.Moves)
        {
            Tries = wire.Tries,
            Crashes = wire.Crashes,
            Action = wire.Action,
            IsDelayReported = wire.IsDelayReported,
            IsHeld = wire.IsHeld,
            LastReply = texts.ReplyOrNull(wire.LastReply),
            LastRemoteHost = texts.Name(wire.LastRemoteHost),
        };

    public static Wire.RequestedMove ToWire(RequestedMove move, TextTableWriter texts) => new()
    {
        Stream = move.Stream,
        Recipients = move.Part.Recipients,
        SendAfter = move.Part.SendAfter,
        Priority = move.Part.Priority,
        DeliverByMode = (int)move.Part.DeliverByMode,
        DeliverWithin = move.Part.DeliverWithin,
        State = ToWire(move.State, texts),
    };

    public static RequestedMove FromWire(Wire.RequestedMove wire, MessageId message, DateTimeOffset acceptedAt, TextTableReader texts) =>
        new(
            wire.Stream,
            new QueuedPart(message, wire.Recipients, acceptedAt)
            {
                SendAfter = wire.SendAfter,
                Priority = wire.Priority,
                DeliverByMode = (DeliverByMode)wire.DeliverByMode,
                DeliverWithin = wire.DeliverWithin,
            },
            FromWire(wire.State ?? throw new SerializationException("no state of a moved part"), texts));
}
