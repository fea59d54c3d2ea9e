using Akka.Actor;
using Postfleet.Admin.Messages;
using Postfleet.Admin.Metrics;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin;

/// <summary>
/// Answers <see cref="GetNodeStatistics"/> of any node with a report about this node. One actor on every node, at <see cref="Path"/>.
/// </summary>
internal sealed class NodeStatisticsActor(NodeStats stats, ShardRegions regions) : UntypedActor
{
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
        var queues = Queues(ask);
        var destinations = stats.Destinations.ToArray();
        var shards = await RegionShards.ReadAsync(regions);
        return new NodeStatistics(
            queues.Aggregate(QueueTotals.None, (total, queue) => total + new QueueTotals(
                queue.Counts.Messages, queue.Counts.Recipients, queue.Counts.Due, queue.Counts.Deferred, queue.Counts.InFlight)),
            queues.Count,
            Cut(queues.OrderByDescending(queue => queue.Counts.Messages).ThenBy(queue => queue.Queue), ask.MaxQueues,
                queue => queue.Queue.Value.Length + Length(queue.Counts.LastReply) + Length(queue.Counts.Destination)),
            destinations.Length,
            Cut(destinations.OrderByDescending(each => each.Value.Waiting + each.Value.Running)
                .ThenBy(each => each.Key.Value, StringComparer.Ordinal)
                    .Select(each => new DestinationStatistics(each.Key, each.Value with { Reply = Cut(each.Value.Reply) })),
                ask.MaxDestinations, each => each.Destination.Value.Length + Length(each.Counts.Reply)),
            shards);
    }

    private List<QueueStatistics> Queues(GetNodeStatistics ask)
    {
        if (ask.Queue is not { } one)
            return [.. stats.Queues.Where(queue => queue.Value.Messages > 0).Select(queue => Report(queue.Key, queue.Value))];
        return stats.Queues.TryGetValue(one, out var counts) ? [Report(one, counts)] : [];
    }

    private static QueueStatistics Report(QueueKey queue, QueueCounts counts) =>
        new(queue, counts with { LastReply = Cut(counts.LastReply) });

    private static List<T> Cut<T>(IEnumerable<T> entries, int max, Func<T, int> length)
    {
        var (kept, left) = (new List<T>(), NodeStatistics.MaxTextLength / 2);
        foreach (var entry in entries.Take(Math.Clamp(max, 0, GetNodeStatistics.MaxListed)))
        {
            if ((left -= length(entry)) < 0) break;
            kept.Add(entry);
        }

        return kept;
    }

    private static string? Cut(string? reply) =>
        reply?.Length > NodeStatistics.MaxReplyLength ? reply[..NodeStatistics.MaxReplyLength] : reply;

    private static int Length(string? text) => text?.Length ?? 0;
}
