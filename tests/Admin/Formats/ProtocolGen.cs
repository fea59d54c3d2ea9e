using CsCheck;
using Postfleet.Admin.Messages;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Testing.Generators;

namespace Postfleet.Admin.Tests.Formats;

/// <summary>A generator for each message between the admin actors of nodes.</summary>
internal static class ProtocolGen
{
    // A time of 0 and an empty text stand for none.
    private static readonly Gen<DateTimeOffset?> TimeOrNone = ValueGen.TimeOrNull.Select(time => time?.UtcTicks > 0 ? time : null);

    private static readonly Gen<string?> TextOrNone = ValueGen.Text.Select(text => text.Length > 0 ? text : null);

    private static readonly Gen<QueueStatistics> QueueStatistics = Gen.Select(
        ValueGen.Queue, Gen.Select(ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count), TimeOrNone, TimeOrNone,
        TextOrNone, TextOrNone, DescriptionGen.Queue,
        (queue, counts, oldest, next, reply, destination, description) => new QueueStatistics(queue, new QueueCounts
        {
            Messages = counts.Item1,
            Recipients = counts.Item2,
            Due = counts.Item3,
            Deferred = counts.Item4,
            InFlight = counts.Item5,
            Held = counts.Item1,
            OldestAcceptedAt = oldest,
            NextDue = next,
            LastReply = reply,
            Destination = destination,
        })
        {
            Description = oldest is null ? null : description,
        });

    private static readonly Gen<DestinationStatistics> DestinationStatistics = Gen.Select(
        ValueGen.Destination, Gen.Select(ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count),
        TimeOrNone, TextOrNone,
        ValueGen.Text, Gen.Select(Gen.Bool, Gen.Int, (some, tokens) => some ? tokens : (int?)null), ValueGen.Count,
        DescriptionGen.Destination,
        (destination, counts, down, reply, rate, tokens, connections, description) =>
            new DestinationStatistics(destination, new DestinationCounts
            {
                MaxConnections = connections,
                MaxRate = rate,
                ConnectionsSetting = rate,
                RateSetting = rate,
                Tokens = tokens,
                Queues = counts.Item1,
                Waiting = counts.Item2,
                Running = counts.Item3,
                Connections = counts.Item4,
                Granted = counts.Item5,
                Unacknowledged = counts.Item6,
                DownUntil = down,
                Reply = reply,
                Wanted = counts.Item1,
                RateSince = down,
                RateUntil = down,
                FullSince = down,
                IsLeaving = down is null,
                DownSince = down,
                Rule = reply ?? "",
                Factor = tokens is null ? null : 0.125,
                RuleReply = reply ?? "",
                RisesAt = down,
                PausedSince = down,
                PausedUntil = down,
                Provider = rate,
            })
            {
                Description = down is null ? null : description,
            });

    private static readonly Gen<SourceStatistics> Source = Gen.Select(
        ValueGen.Text, ValueGen.Text, ValueGen.Count, ValueGen.Count, TimeOrNone, TextOrNone,
        (source, provider, some, others, since, reply) => new SourceStatistics(source, provider)
        {
            Destinations = some,
            Unreachable = others,
            Paused = some,
            Lowered = others,
            Waiting = some,
            Running = others,
            Connections = some,
            FailedSince = since,
            Reply = reply,
        });

    private static readonly Gen<RegionStatistics> Region = Gen.Select(
        ValueGen.Text, Gen.Select(ValueGen.Text, ValueGen.Count, (shard, entities) => new ShardStatistics(shard, entities)).Array[0, 5],
        (name, shards) => new RegionStatistics(name, shards));

    private static readonly Gen<ListPlace?> PlaceOrNone = Gen.Select(
        Gen.Bool, Gen.Int, ValueGen.Text, (isNone, number, name) => isNone ? null : new ListPlace(number, name));

    private static readonly Gen<QueueFilter?> FilterOrNone = Gen.Select(
        Gen.Bool, ValueGen.Text, ValueGen.Text, ValueGen.Text, ValueGen.Text, (isNone, queue, domain, stream, site) =>
            isNone ? null : new QueueFilter(queue, domain, stream, site));

    public static readonly IReadOnlyDictionary<Type, Gen<IProtocolMessage>> Messages = new Dictionary<Type, Gen<IProtocolMessage>>
    {
        [typeof(GetNodeStatistics)] = Gen.Select(
            Gen.Bool, ValueGen.Queue, ValueGen.Count, ValueGen.Count, PlaceOrNone, PlaceOrNone, FilterOrNone,
            (isOne, queue, queues, destinations, queuesAfter, destinationsAfter, filter) =>
                (IProtocolMessage)new GetNodeStatistics(isOne ? queue : null, queues, destinations)
                {
                    QueuesAfter = queuesAfter,
                    DestinationsAfter = destinationsAfter,
                    Filter = filter,
                    Destination = isOne ? new DestinationId(queue.Value) : null,
                    MaxMessages = queues,
                    Message = isOne ? MessageId.FromHalves(1, (ulong)queues) : null,
                    IsDescribed = isOne,
                    Source = isOne && queue.Value.Length > 0 ? queue.Value : null,
                }),
        [typeof(ReloadNode)] = ValueGen.Text.Select(author => (IProtocolMessage)new ReloadNode(author)),
        [typeof(NodeReloaded)] = Gen.Select(
            ValueGen.Text.Array[0, 3], ValueGen.Text.Array[0, 3], ValueGen.Text.Array[0, 3],
            (changed, restart, errors) => (IProtocolMessage)new NodeReloaded(changed, restart, errors)),
        [typeof(NodeStatistics)] = Gen.Select(
            Gen.Select(Gen.Long, Gen.Long, Gen.Long, Gen.Long, Gen.Long, (a, b, c, d, e) => new QueueTotals(a, b, c, d, e, a)),
            ValueGen.Count, QueueStatistics.Array[0, 5], ValueGen.Count, DestinationStatistics.Array[0, 5], Region.Array[0, 3],
            Gen.Select(Gen.Bool, Gen.Bool, Source.Array[0, 3]),
            (total, queues, listed, destinations, listedDestinations, regions, more) =>
                (IProtocolMessage)new NodeStatistics(total, queues, listed, destinations, listedDestinations, regions)
                {
                    HasMoreQueues = more.Item1,
                    HasMoreDestinations = more.Item2,
                    Sources = more.Item3,
                    Flow = new RecentFlow(queues, destinations, queues),
                }),
    };
}
