using System.Runtime.Serialization;
using Google.Protobuf.Collections;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Serialization;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Book;
using Postfleet.Operations.Messages;

namespace Postfleet.Operations.Formats;

/// <summary>Actions, the rows of their journal and their messages.</summary>
internal static class ActionMapping
{
    public static Wire.ActionOrdered ToWire(ActionOrdered e) =>
        new() { Number = e.Number, Order = ToWire(e.Order), At = e.At.UtcTicks };

    public static ActionOrdered FromWire(Wire.ActionOrdered e) => new(e.Number, FromWire(e.Order), ValueMapping.ToTime(e.At));

    public static Wire.ActionAdvanced ToWire(ActionAdvanced e) => new()
    {
        Number = e.Number,
        Cursor = e.Cursor,
        Queues = e.Queues,
        Messages = e.Messages,
        Held = e.Held,
        Suspended = e.Suspended,
        Resumed = e.Resumed,
        IsAtLeast = e.IsAtLeast,
        IsCounted = e.IsCounted,
        Seen = { e.Seen },
    };

    public static ActionAdvanced FromWire(Wire.ActionAdvanced e) => new(e.Number, e.Cursor, e.Queues, e.Messages)
    {
        Held = e.Held,
        Suspended = e.Suspended,
        Resumed = e.Resumed,
        IsAtLeast = e.IsAtLeast,
        IsCounted = e.IsCounted,
        Seen = [.. e.Seen],
    };

    public static Wire.ActionEnded ToWire(ActionEnded e) => new() { Number = e.Number, State = (int)e.State, At = e.At.UtcTicks };

    public static ActionEnded FromWire(Wire.ActionEnded e) => new(e.Number, State(e.State), ValueMapping.ToTime(e.At));

    public static Wire.ActionsPiece ToWire(ActionsPiece e)
    {
        var wire = new Wire.ActionsPiece { Index = e.Index, IsLast = e.IsLast, LastNumber = e.LastNumber };
        foreach (var action in e.Actions)
        {
            wire.Actions.Add(new Wire.KeptAction
            {
                View = ToWire(action.View),
                Cursor = action.Cursor,
                IsCounted = action.IsCounted,
                Seen = { action.Seen },
            });
        }

        return wire;
    }

    public static ActionsPiece FromWire(Wire.ActionsPiece e) => new(
        e.Index, e.IsLast, e.LastNumber, [.. e.Actions.Select(FromWire)]);

    private static KeptAction FromWire(Wire.KeptAction action) => new(FromWire(action.View), action.Cursor)
    {
        IsCounted = action.IsCounted,
        Seen = [.. action.Seen],
    };

    public static Wire.OrderAction ToWire(OrderAction message) => new() { Order = ToWire(message.Order) };

    public static OrderAction FromWire(Wire.OrderAction wire) => new(FromWire(wire.Order));

    public static Wire.CancelAction ToWire(CancelAction message) => new() { Number = message.Number };

    public static CancelAction FromWire(Wire.CancelAction wire) => new(wire.Number);

    public static Wire.GetActions ToWire(GetActions message) =>
        new() { Number = message.Number, Before = message.Before, Limit = message.Limit };

    public static GetActions FromWire(Wire.GetActions wire) => new(wire.Number, wire.Before, wire.Limit);

    public static Wire.ActionAnswer ToWire(ActionAnswer message)
    {
        var wire = new Wire.ActionAnswer { Problem = message.Problem };
        Add(wire.Actions, message.Actions);
        return wire;
    }

    public static ActionAnswer FromWire(Wire.ActionAnswer wire) => new([.. wire.Actions.Select(FromWire)], wire.Problem);

    public static Wire.GetSuspensions ToWire(GetSuspensions message) => new() { Version = message.Version };

    public static GetSuspensions FromWire(Wire.GetSuspensions wire) => new(wire.Version);

    public static Wire.SuspensionList ToWire(SuspensionList message)
    {
        var wire = new Wire.SuspensionList { Version = message.Version };
        Add(wire.Actions, message.Actions);
        Add(wire.Redirections, message.Redirections);
        return wire;
    }

    public static SuspensionList FromWire(Wire.SuspensionList wire) => new(wire.Version, [.. wire.Actions.Select(FromWire)])
    {
        Redirections = [.. wire.Redirections.Select(FromWire)],
    };

    private static void Add(RepeatedField<Wire.ActionView> field, IReadOnlyList<ActionView> actions)
    {
        foreach (var action in actions) field.Add(ToWire(action));
    }

    private static Wire.ActionView ToWire(ActionView view)
    {
        var wire = new Wire.ActionView
        {
            Number = view.Number,
            Order = ToWire(view.Order),
            OrderedAt = view.OrderedAt.UtcTicks,
            State = (int)view.State,
            Queues = view.Queues,
            Messages = view.Messages,
            Held = view.Held,
            Suspended = view.Suspended,
            Resumed = view.Resumed,
            IsAtLeast = view.IsAtLeast,
        };
        if (view.EndedAt is { } end) wire.EndedAt = end.UtcTicks;
        return wire;
    }

    private static ActionView FromWire(Wire.ActionView? wire) => wire is null
        ? throw new SerializationException("no action")
        : new ActionView(
            wire.Number, FromWire(wire.Order), ValueMapping.ToTime(wire.OrderedAt), State(wire.State),
            wire.HasEndedAt ? ValueMapping.ToTime(wire.EndedAt) : null, wire.Queues, wire.Messages)
        {
            Held = wire.Held,
            Suspended = wire.Suspended,
            Resumed = wire.Resumed,
            IsAtLeast = wire.IsAtLeast,
        };

    private static Wire.ActionOrder ToWire(ActionOrder order)
    {
        var selector = order.Selector;
        var wire = new Wire.ActionOrder
        {
            Kind = (int)order.Kind,
            Reason = order.Reason,
            Author = order.Author,
            ToStream = order.ToStream,
            ToRoute = order.ToRoute,
            Selector = new Wire.ActionSelector
            {
                Queue = selector.Queue,
                Domain = selector.Domain,
                Stream = selector.Stream,
                Site = selector.Site,
                Sender = selector.Sender,
                User = selector.User,
            },
        };
        if (selector.Message is { } message)
            (wire.Selector.MessageHigh, wire.Selector.MessageLow) = (message.High, message.Low);
        if (order.Expires is { } end) wire.Expires = end.UtcTicks;
        return wire;
    }

    private static ActionOrder FromWire(Wire.ActionOrder? wire)
    {
        if (wire?.Selector is not { } selector) throw new SerializationException("no order");
        // Earlier rows leave out a half that is 0.
        var isMessage = selector.HasMessageHigh || selector.HasMessageLow;
        return new ActionOrder(
            Known((ActionKind)wire.Kind),
            new ActionSelector(
                selector.Queue, selector.Domain, selector.Stream, selector.Site, selector.Sender,
                isMessage ? MessageId.FromHalves(selector.MessageHigh, selector.MessageLow) : null, selector.User),
            wire.Reason, wire.Author, wire.HasExpires ? ValueMapping.ToTime(wire.Expires) : null)
        {
            ToStream = wire.ToStream,
            ToRoute = wire.ToRoute,
        };
    }

    private static ActionState State(int value) => Known((ActionState)value);

    // A kind of a newer version must not be carried out as another.
    private static T Known<T>(T value) where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw new NewerFormatException($"unknown {typeof(T).Name} {value}");
}
