using System.Runtime.Serialization;
using Postfleet.Contracts.Serialization;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.Formats;

/// <summary>The rows of the journal. An unknown kind of event is refused, never skipped.</summary>
internal static class EventMapping
{
    public static Wire.QueueEventBatch ToWire(QueueEventBatch batch)
    {
        var wire = new Wire.QueueEventBatch { Events = { Capacity = batch.Events.Count } };
        TextTableWriter? texts = null;
        for (var i = 0; i < batch.Events.Count; i++) wire.Events.Add(ToWire(batch.Events[i], ref texts));
        wire.Texts = texts?.Table;
        if (batch.Owner is { } owner) wire.Owner = owner;
        return wire;
    }

    public static QueueEventBatch FromWire(Wire.QueueEventBatch wire)
    {
        var texts = new TextTableReader(wire.Texts);
        var events = new IQueueEvent[wire.Events.Count];
        for (var i = 0; i < events.Length; i++) events[i] = FromWire(wire.Events[i], texts);
        return new QueueEventBatch(events) { Owner = wire.Owner is { Length: > 0 } owner ? owner : null };
    }

    private static Wire.QueueEvent ToWire(IQueueEvent queueEvent, ref TextTableWriter? texts) => queueEvent switch
    {
        MessageEnqueued { Moved: { } moved } e => new()
        {
            MessageEnqueued = new Wire.MessageEnqueued { Moved = MovedPartMapping.ToWire(moved, texts ??= new()) }.With(e.Part),
        },
        MessageEnqueued e => new() { MessageEnqueued = new Wire.MessageEnqueued().With(e.Part) },
        AttemptsStarted e => new() { AttemptsStarted = ToWire(e) },
        AttemptEnded e => new() { AttemptEnded = ToWire(e, texts ??= new()) },
        MessageExpired e => new() { MessageExpired = ToWire(e, texts ??= new()) },
        MessageDelayed e => new() { MessageDelayed = ToWire(e, texts ??= new()) },
        SiteDeferred e => new() { SiteDeferred = ToWire(e, texts ??= new()) },
        ActionApplied e => new() { ActionApplied = ToWire(e, texts ??= new()) },
        OwnershipTaken e => new() { OwnershipTaken = new() { Node = e.Node, At = e.At.UtcTicks } },
        _ => throw new SerializationException($"no wire format for the event {queueEvent.GetType()}"),
    };

    private static IQueueEvent FromWire(Wire.QueueEvent wire, TextTableReader texts) => wire.KindCase switch
    {
        Wire.QueueEvent.KindOneofCase.MessageEnqueued => new MessageEnqueued(wire.MessageEnqueued.ToPart())
        {
            Moved = wire.MessageEnqueued.Moved is { } moved ? MovedPartMapping.FromWire(moved, texts) : null,
        },
        Wire.QueueEvent.KindOneofCase.AttemptsStarted => FromWire(wire.AttemptsStarted),
        Wire.QueueEvent.KindOneofCase.AttemptEnded => FromWire(wire.AttemptEnded, texts),
        Wire.QueueEvent.KindOneofCase.MessageExpired => FromWire(wire.MessageExpired, texts),
        Wire.QueueEvent.KindOneofCase.MessageDelayed => FromWire(wire.MessageDelayed, texts),
        Wire.QueueEvent.KindOneofCase.SiteDeferred => FromWire(wire.SiteDeferred, texts),
        Wire.QueueEvent.KindOneofCase.ActionApplied => FromWire(wire.ActionApplied, texts),
        Wire.QueueEvent.KindOneofCase.OwnershipTaken =>
            new OwnershipTaken(wire.OwnershipTaken.Node, ValueMapping.ToTime(wire.OwnershipTaken.At)),
        _ => throw new NewerFormatException("an event of an unknown kind, written by a newer version"),
    };

    private static Wire.AttemptsStarted ToWire(AttemptsStarted e) => new()
    {
        Destination = e.Destination.Value,
        At = e.At.UtcTicks,
        Attempts = ValueMapping.ToWire(e.Attempts),
    };

    private static AttemptsStarted FromWire(Wire.AttemptsStarted e) =>
        new(new DestinationId(e.Destination), ValueMapping.ToTime(e.At), ValueMapping.FromWire(e.Attempts));

    private static Wire.AttemptEnded ToWire(AttemptEnded e, TextTableWriter texts)
    {
        var wire = new Wire.AttemptEnded
        {
            MessageHigh = e.Message.High,
            MessageLow = e.Message.Low,
            Attempt = e.Attempt,
            At = e.At.UtcTicks,
            Result = EnumMapping.ToWire(e.Result),
            Details = OutcomeMapping.ToWire(e.Details, texts),
        };
        if (e.NextDue is { } due) wire.NextDue = due.UtcTicks;
        OutcomeMapping.Add(wire.Recipients, e.Recipients, texts);
        return wire;
    }

    private static AttemptEnded FromWire(Wire.AttemptEnded e, TextTableReader texts) => new(
        MessageId.FromHalves(e.MessageHigh, e.MessageLow),
        e.Attempt,
        ValueMapping.ToTime(e.At),
        EnumMapping.FromWire(e.Result),
        OutcomeMapping.Read(e.Recipients, texts),
        e.HasNextDue ? ValueMapping.ToTime(e.NextDue) : null)
    {
        Details = OutcomeMapping.FromWire(e.Details, texts),
    };

    private static Wire.MessageExpired ToWire(MessageExpired e, TextTableWriter texts) => new()
    {
        MessageHigh = e.Message.High,
        MessageLow = e.Message.Low,
        Attempt = e.Attempt,
        At = e.At.UtcTicks,
        Reply = texts.Index(e.Reply),
        RemoteHost = texts.Index(e.RemoteHost),
    };

    private static MessageExpired FromWire(Wire.MessageExpired e, TextTableReader texts) => new(
        MessageId.FromHalves(e.MessageHigh, e.MessageLow),
        e.Attempt,
        ValueMapping.ToTime(e.At),
        texts.Reply(e.Reply),
        texts.Name(e.RemoteHost));

    private static Wire.MessageDelayed ToWire(MessageDelayed e, TextTableWriter texts) => new()
    {
        MessageHigh = e.Message.High,
        MessageLow = e.Message.Low,
        Attempt = e.Attempt,
        At = e.At.UtcTicks,
        Reply = texts.Index(e.Reply),
        RemoteHost = texts.Index(e.RemoteHost),
    };

    private static MessageDelayed FromWire(Wire.MessageDelayed e, TextTableReader texts) => new(
        MessageId.FromHalves(e.MessageHigh, e.MessageLow),
        e.Attempt,
        ValueMapping.ToTime(e.At),
        texts.Reply(e.Reply),
        texts.Name(e.RemoteHost));

    private static Wire.ActionApplied ToWire(ActionApplied e, TextTableWriter texts) => new()
    {
        Number = e.Number,
        Action = (int)EnumMapping.Known(e.Action),
        At = e.At.UtcTicks,
        Messages = ValueMapping.ToWire(e.Messages),
        Reply = e.Reply is { } reply ? texts.Index(reply) : 0,
        Stream = e.Stream,
    };

    private static ActionApplied FromWire(Wire.ActionApplied e, TextTableReader texts) => new(
        e.Number,
        EnumMapping.Known((MessageAction)e.Action),
        ValueMapping.ToTime(e.At),
        ValueMapping.FromWire(e.Messages),
        texts.ReplyOrNull(e.Reply))
    {
        Stream = e.Stream,
    };

    private static Wire.SiteDeferred ToWire(SiteDeferred e, TextTableWriter texts) =>
        new() { At = e.At.UtcTicks, Until = e.Until.UtcTicks, Reply = texts.Index(e.Reply) };

    private static SiteDeferred FromWire(Wire.SiteDeferred e, TextTableReader texts) =>
        new(ValueMapping.ToTime(e.At), ValueMapping.ToTime(e.Until), texts.Reply(e.Reply));
}
