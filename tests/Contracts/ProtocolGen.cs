using CsCheck;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Testing.Generators;

namespace Postfleet.Contracts.Tests;

/// <summary>A generator for each message between modules.</summary>
internal static class ProtocolGen
{
    private static readonly Gen<DeliveryJob> Job = Gen.Select(ValueGen.Id, ValueGen.Count, ValueGen.Set,
        (id, attempt, open) => new DeliveryJob(id, attempt, open));

    public static readonly IReadOnlyDictionary<Type, Gen<IProtocolMessage>> Messages = new Dictionary<Type, Gen<IProtocolMessage>>
    {
        [typeof(ApplyAction)] = Gen.Select(
            ValueGen.Queue, ValueGen.Count, Gen.Enum<MessageAction>(), ValueGen.Time, ValueGen.Id.Array[0, 20], ValueGen.Text,
            ValueGen.Count,
            (queue, number, action, before, messages, reason, piece) =>
                (IProtocolMessage)new ApplyAction(queue, number, action, before, messages, reason) { Piece = piece, Stream = reason }),
        [typeof(ActionProgress)] = Gen.Select(ValueGen.Queue, ValueGen.Count, ValueGen.Count, Gen.Bool, ValueGen.Count,
            (queue, number, messages, isComplete, piece) => (IProtocolMessage)new ActionProgress(queue, number, messages, isComplete)
            {
                Piece = piece,
                Held = number,
                Suspended = messages,
            }),
        [typeof(DescribeQueue)] = Gen.Select(ValueGen.Queue, ValueGen.Count, Gen.Bool, ValueGen.Id,
            (queue, max, isOne, id) => (IProtocolMessage)new DescribeQueue(queue, max) { Message = isOne ? id : null }),
        [typeof(QueueDescription)] = DescriptionGen.Queue.Select(description => (IProtocolMessage)description),
        [typeof(DescribeDestination)] = ValueGen.Destination.Select(id => (IProtocolMessage)new DescribeDestination(id)),
        [typeof(DestinationDescription)] = DescriptionGen.Destination.Select(description => (IProtocolMessage)description),
        [typeof(WithdrawAction)] = Gen.Select(
            ValueGen.Queue, ValueGen.Count, (queue, number) => (IProtocolMessage)new WithdrawAction(queue, number)),
        [typeof(ReturnJobs)] = Gen.Select(ValueGen.Destination, ValueGen.Queue, ValueGen.Id.Array[0, 20],
            (destination, queue, messages) => (IProtocolMessage)new ReturnJobs(destination, queue, messages)),
        [typeof(SuspensionChanged)] = ValueGen.Queue.Select(queue => (IProtocolMessage)new SuspensionChanged(queue)),
        [typeof(CreditGranted)] = Gen.Select(ValueGen.Queue, ValueGen.Destination, ValueGen.Count, Gen.Long,
            (queue, destination, credits, incarnation) =>
                (IProtocolMessage)new CreditGranted(queue, destination, credits) { Incarnation = incarnation }),
        [typeof(SiteUnavailable)] = Gen.Select(ValueGen.Queue, ValueGen.Destination, Gen.Long[0, TimeSpan.TicksPerDay], ValueGen.Reply,
            (queue, destination, ticks, reply) =>
                (IProtocolMessage)new SiteUnavailable(queue, destination, TimeSpan.FromTicks(ticks), reply)),
        [typeof(Outcomes)] = Gen.Select(ValueGen.Queue, ValueGen.Destination, ValueGen.JobOutcome.Array[0, 20],
            (queue, destination, jobs) => (IProtocolMessage)new Outcomes(queue, destination, jobs)),
        [typeof(RequestCredit)] = Gen.Select(ValueGen.Target, ValueGen.Queue, ValueGen.Count, Gen.Bool,
            (target, queue, jobs, endsPause) => (IProtocolMessage)new RequestCredit(target, queue, jobs) { EndsPause = endsPause }),
        [typeof(Deliver)] = Gen.Select(ValueGen.Target, ValueGen.Queue, Job.Array[0, 20], Gen.Long,
            (target, queue, jobs, incarnation) => (IProtocolMessage)new Deliver(target, queue, jobs) { Incarnation = incarnation }),
        [typeof(OutcomesAcknowledged)] = Gen.Select(ValueGen.Destination, ValueGen.Queue, ValueGen.Attempt.Array[0, 20],
            (destination, queue, attempts) => (IProtocolMessage)new OutcomesAcknowledged(destination, queue, attempts)),
    };
}
