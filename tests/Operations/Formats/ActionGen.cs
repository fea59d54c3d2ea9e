using System.Net;
using CsCheck;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Users;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Book;
using Postfleet.Operations.Messages;
using Postfleet.Testing.Generators;

namespace Postfleet.Operations.Tests.Formats;

/// <summary>A generator for each type that has a format.</summary>
internal static class ActionGen
{
    // The id of zeros must not become a selector without a message, which selects all messages.
    private static readonly Gen<MessageId?> Message = Gen.OneOf(
        ValueGen.Id.Select(id => (MessageId?)id), Gen.Const(() => (MessageId?)null), Gen.Const(() => (MessageId?)default(MessageId)));

    public static readonly Gen<ActionSelector> Selector = Gen.Select(
        Gen.Select(ValueGen.Text, ValueGen.Text, ValueGen.Text), Gen.Select(ValueGen.Text, ValueGen.Text, ValueGen.Text), Message,
        (first, second, message) => new ActionSelector(
            first.Item1, first.Item2, first.Item3, second.Item1, second.Item2, message, second.Item3));

    public static readonly Gen<ActionOrder> Order = Gen.Select(
        Gen.Enum<ActionKind>(), Selector, ValueGen.Text, ValueGen.Text, ValueGen.TimeOrNull,
        (kind, selector, reason, author, expires) => new ActionOrder(kind, selector, reason, author, expires)
        {
            ToStream = author,
            ToRoute = reason,
        });

    private static readonly Gen<ActionView> View = Gen.Select(
        ValueGen.Count, Order, ValueGen.Time, Gen.Enum<ActionState>(), ValueGen.TimeOrNull, ValueGen.Count, Gen.Long[0, long.MaxValue],
        (number, order, at, state, end, queues, messages) => new ActionView(number, order, at, state, end, queues, messages)
        {
            Held = queues,
            Suspended = messages,
            Resumed = number,
            IsAtLeast = queues > 7,
        });

    private static readonly Gen<KeptAction> Kept = Gen.Select(View, ValueGen.Text, Gen.Bool, Gen.Long.Array[0, 5],
        (view, cursor, isCounted, seen) => new KeptAction(view, cursor) { IsCounted = isCounted, Seen = seen });

    private static readonly Gen<LoginReport> Report = Gen.Select(
        Gen.ULong, Gen.ULong, Gen.Bool, Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]), Gen.Bool,
        (high, low, isKnown, network, isSuccess) =>
            new LoginReport(new UInt128(high, low), isKnown, new IPAddress(network), isSuccess));

    public static readonly IReadOnlyDictionary<Type, Gen<IProtocolMessage>> Messages = new Dictionary<Type, Gen<IProtocolMessage>>
    {
        [typeof(ActionOrdered)] = Gen.Select(ValueGen.Count, Order, ValueGen.Time,
            (number, order, at) => (IProtocolMessage)new ActionOrdered(number, order, at)),
        [typeof(ActionAdvanced)] = Gen.Select(ValueGen.Count, ValueGen.Text, ValueGen.Count, Gen.Long[0, long.MaxValue], Gen.Bool,
            Gen.Long.Array[0, 5],
            (number, cursor, queues, messages, isCounted, seen) => (IProtocolMessage)new ActionAdvanced(number, cursor, queues, messages)
            {
                Held = messages,
                Suspended = queues,
                Resumed = number,
                IsAtLeast = !isCounted,
                IsCounted = isCounted,
                Seen = seen,
            }),
        [typeof(ActionEnded)] = Gen.Select(ValueGen.Count, Gen.Enum<ActionState>(), ValueGen.Time,
            (number, state, at) => (IProtocolMessage)new ActionEnded(number, state, at)),
        [typeof(ActionsPiece)] = Gen.Select(ValueGen.Count, Gen.Bool, ValueGen.Count, Kept.Array[0, 5],
            (index, isLast, last, actions) => (IProtocolMessage)new ActionsPiece(index, isLast, last, actions)),
        [typeof(OrderAction)] = Order.Select(order => (IProtocolMessage)new OrderAction(order)),
        [typeof(CancelAction)] = ValueGen.Count.Select(number => (IProtocolMessage)new CancelAction(number)),
        [typeof(GetActions)] = Gen.Select(ValueGen.Count, ValueGen.Count, ValueGen.Count,
            (number, before, limit) => (IProtocolMessage)new GetActions(number, before, limit)),
        [typeof(ActionAnswer)] = Gen.Select(View.Array[0, 5], ValueGen.Text,
            (actions, problem) => (IProtocolMessage)new ActionAnswer(actions, problem)),
        [typeof(GetSuspensions)] = Gen.Long.Select(version => (IProtocolMessage)new GetSuspensions(version)),
        [typeof(SuspensionList)] = Gen.Select(Gen.Long, View.Array[0, 5], View.Array[0, 5],
            (version, actions, moves) => (IProtocolMessage)new SuspensionList(version, actions) { Redirections = moves }),
        [typeof(LoginBatch)] = Report.Array[0, 5].Select(reports => (IProtocolMessage)new LoginBatch(reports)),
    };
}
