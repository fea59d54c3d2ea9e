using CsCheck;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Testing.Generators;

/// <summary>Generators for the descriptions of queues and destinations.</summary>
public static class DescriptionGen
{
    // A time of 0 stands for none.
    private static readonly Gen<DateTimeOffset?> TimeOrNone = ValueGen.TimeOrNull.Select(time => time?.UtcTicks > 0 ? time : null);

    private static readonly Gen<RecentCounts> Counts = Gen.Select(
        ValueGen.Count, ValueGen.Count, ValueGen.Count, (minute, hour, day) => new RecentCounts(minute, hour, day));

    private static readonly Gen<NotedReply> Reply = Gen.Select(
        ValueGen.Time, ValueGen.Text, ValueGen.Host, Gen.Long, (at, reply, host, count) => new NotedReply(at, reply, host, count));

    private static readonly Gen<WaitingMessage> Waiting = Gen.Select(
        ValueGen.Id, Gen.Enum<WaitingState>(), ValueGen.Time, TimeOrNone, ValueGen.Count, ValueGen.Text,
        (id, state, accepted, next, number, text) => new WaitingMessage(id, state, accepted, next)
        {
            Attempts = number,
            Recipients = number,
            LastReply = text,
            RemoteHost = text,
            Action = number,
        });

    /// <summary>A description of a queue.</summary>
    public static readonly Gen<QueueDescription> Queue = Gen.Select(
        ValueGen.Queue, ValueGen.Time, Counts, Waiting.Array[0, 5], TimeOrNone, Gen.Bool, Reply,
        (queue, time, counts, messages, maybe, has, reply) => new QueueDescription(queue)
        {
            CountedSince = time,
            Delivered = counts,
            Deferred = counts,
            Failed = counts,
            Messages = messages,
            Suspension = has ? new Suspension(counts.Minute, maybe, reply.Reply) { Since = maybe } : null,
            Pause = has ? new SitePauseFacts(maybe, time, reply.Reply) : null,
            ResolvingSince = maybe,
            CreditAskedSince = maybe,
            NoRoute = has ? reply : null,
        });

    private static readonly Gen<ConnectionFacts> Connection = Gen.Select(
        ValueGen.Count, Gen.Enum<ConnectionPhase>(), ValueGen.Time, ValueGen.Text, Gen.Bool, ValueGen.Id, ValueGen.Queue,
        (number, phase, at, text, has, id, queue) => new ConnectionFacts(number, phase, at, at)
        {
            RemoteHost = text,
            Source = text,
            Tls = text,
            Messages = number,
            Part = has ? new PartId(id, queue) : null,
        });

    /// <summary>A description of a destination.</summary>
    public static readonly Gen<DestinationDescription> Destination = Gen.Select(
        ValueGen.Destination, Connection.Array[0, 5], Reply.Array[0, 5], TimeOrNone, ValueGen.Queue, ValueGen.Count,
        (destination, connections, replies, at, queue, number) => new DestinationDescription(destination)
        {
            Connections = connections,
            Replies = replies,
            LastDeliveryAt = at,
            Queues = [new QueueAtDestination(queue, number, number, number)],
            Streams = [new StreamAtDestination(queue.Stream, number, number, number, number, number) { Slowed = destination.Value }],
        });
}
