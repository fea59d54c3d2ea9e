using Akka.Actor;
using Postfleet.Admin.Messages;
using Postfleet.Admin.Metrics;
using Postfleet.Contracts;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin;

/// <summary>
/// Answers <see cref="GetNodeStatistics"/> of any node with a report about this node. Each node has this actor, at <see cref="Path"/>.
/// </summary>
internal sealed class NodeStatisticsActor(NodeStats stats, ShardRegions regions, TimeProvider time) : UntypedActor
{
    private readonly EntityDescriptions _entities = new(regions);

    /// <summary>The actor's name, below <c>/user</c>.</summary>
    public const string Path = "node-report";

    protected override void OnReceive(object message)
    {
        if (message is not GetNodeStatistics ask)
        {
            Unhandled(message);
            return;
        }

        ReportAsync(ask).PipeTo(Sender, Self);
    }

    private async Task<NodeStatistics> ReportAsync(GetNodeStatistics ask)
    {
        var (total, count, queues, hasMoreQueues) = Queues(ask);
        var sources = new SourceSums();
        var (destinationCount, destinations, hasMoreDestinations) = Destinations(ask, sources);
        // Only the view of the cluster shows shards, and asks for no list.
        var shards = ask is { MaxQueues: 0, MaxDestinations: 0, Filter: null } ? await RegionShards.ReadAsync(regions) : [];
        return new NodeStatistics(
            total, count, await DescribedAsync(ask, queues), destinationCount, await DescribedAsync(ask, destinations), shards)
        {
            Flow = Flow(time.GetUtcNow()),
            HasMoreQueues = hasMoreQueues,
            HasMoreDestinations = hasMoreDestinations,
            Sources = [.. sources.ToList().Select(sums => sums with { Reply = Cut(sums.Reply) })],
        };
    }

    private async Task<IReadOnlyList<QueueStatistics>> DescribedAsync(GetNodeStatistics ask, IReadOnlyList<QueueStatistics> queues) =>
        ask.Queue is { } queue && ask.MaxMessages > 0 && queues is [var only]
        ? [only with { Description = await _entities.AskAsync(new DescribeQueue(queue, ask.MaxMessages) { Message = ask.Message }) }]
        : queues;

    private async Task<IReadOnlyList<DestinationStatistics>> DescribedAsync(
        GetNodeStatistics ask, IReadOnlyList<DestinationStatistics> destinations) =>
        ask is { Destination: { } destination, IsDescribed: true } && destinations is [var only]
        ? [only with { Description = await _entities.AskAsync(new DescribeDestination(destination)) }]
        : destinations;

    private RecentFlow Flow(DateTimeOffset now) => new(
        stats.Throughput.Accepted.Read(now), stats.Throughput.Delivered.Read(now), stats.Throughput.Deferred.Read(now));

    // A single pass without a list of all queues.
    private (QueueTotals Total, int Count, IReadOnlyList<QueueStatistics> Page, bool HasMore) Queues(GetNodeStatistics ask)
    {
        if (ask.Queue is { } one)
        {
            return stats.Queues.TryGetValue(one, out var found)
                ? (Totals(found), 1, [Report(one, found)], false)
                : (QueueTotals.None, 0, [], false);
        }

        var page = new LargestList<KeyValuePair<QueueKey, QueueCounts>>(Bound(ask.MaxQueues), ask.QueuesAfter);
        var selector = ask.Filter?.ToSelector();
        long messages = 0, recipients = 0, due = 0, deferred = 0, inFlight = 0, held = 0;
        var count = 0;
        foreach (var queue in stats.Queues)
        {
            var counts = queue.Value;
            if (counts.Messages == 0 || !IsMeant(selector, queue.Key, counts)) continue;
            count++;
            messages += counts.Messages;
            recipients += counts.Recipients;
            due += counts.Due;
            deferred += counts.Deferred;
            inFlight += counts.InFlight;
            held += counts.Held;
            page.Add(counts.Messages, queue.Key.Value, queue);
        }

        var (listed, isCut) = Cut(page.ToArray().Select(queue => Report(queue.Key, queue.Value)),
            queue => queue.Queue.Value.Length + Length(queue.Counts.LastReply) + Length(queue.Counts.Destination));
        return (new QueueTotals(messages, recipients, due, deferred, inFlight, held), count, listed, isCut || page.HasMore);
    }

    private (int Count, IReadOnlyList<DestinationStatistics> Page, bool HasMore) Destinations(GetNodeStatistics ask, SourceSums sources)
    {
        if (ask.Destination is { } one)
            return stats.Destinations.TryGetValue(one, out var found) ? (1, [Report(one, found)], false) : (0, [], false);
        var page = new LargestList<KeyValuePair<DestinationId, DestinationCounts>>(Bound(ask.MaxDestinations), ask.DestinationsAfter);
        var (count, now) = (0, time.GetUtcNow());
        foreach (var each in stats.Destinations)
        {
            if (ask.Source is { } source && !SourceSums.SourceOf(each.Key).SequenceEqual(source)) continue;
            count++;
            if (ask.MaxDestinations > 0) sources.Add(each.Key, each.Value, now);
            page.Add(each.Value.Waiting + each.Value.Running, each.Key.Value, each);
        }

        var (listed, isCut) = Cut(
            page.ToArray().Select(each => Report(each.Key, each.Value)),
            each => each.Destination.Value.Length + Length(each.Counts.Reply));
        return (count, listed, isCut || page.HasMore);
    }

    private static bool IsMeant(ActionSelector? filter, QueueKey queue, QueueCounts counts) =>
        filter is null || filter.Matches(queue, counts.Destination is { } id ? new DestinationId(id) : null);

    private static DestinationStatistics Report(DestinationId id, DestinationCounts counts) =>
        new(id, counts with { Reply = Cut(counts.Reply) });

    private static int Bound(int max) => Math.Clamp(max, 0, GetNodeStatistics.MaxListed);

    private static QueueTotals Totals(QueueCounts counts) =>
        new(counts.Messages, counts.Recipients, counts.Due, counts.Deferred, counts.InFlight, counts.Held);

    private static QueueStatistics Report(QueueKey queue, QueueCounts counts) =>
        new(queue, counts with { LastReply = Cut(counts.LastReply) });

    private static (List<T> Kept, bool IsCut) Cut<T>(IEnumerable<T> entries, Func<T, int> length)
    {
        var (kept, left) = (new List<T>(), NodeStatistics.MaxTextLength / 2);
        foreach (var entry in entries)
        {
            if ((left -= length(entry)) < 0) return (kept, true);
            kept.Add(entry);
        }

        return (kept, false);
    }

    private static string? Cut(string? reply) =>
        reply?.Length > NodeStatistics.MaxReplyLength ? reply[..NodeStatistics.MaxReplyLength] : reply;

    private static int Length(string? text) => text?.Length ?? 0;
}
