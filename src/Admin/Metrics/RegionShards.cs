using Akka.Actor;
using Akka.Cluster.Sharding;
using Postfleet.Admin.Messages;
using Postfleet.Contracts;

namespace Postfleet.Admin.Metrics;

/// <summary>Asks the shard regions of this node for their shards. Called on any thread.</summary>
internal static class RegionShards
{
    /// <summary>The longest wait for the statistics of a shard region. A region does not answer while it moves its shards away.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>The regions with shards on this node, and their shards.</summary>
    public static async Task<IReadOnlyList<RegionStatistics>> ReadAsync(ShardRegions regions)
    {
        var shards = !regions.AreStarted ? [] : await Task.WhenAll(
            ReadAsync(ShardRegions.QueueRegion, regions.Queues), ReadAsync(ShardRegions.DestinationRegion, regions.Destinations));
        return [.. shards.OfType<RegionStatistics>()];
    }

    // Null for a proxy and for a region without an answer.
    private static async Task<RegionStatistics?> ReadAsync(string name, IActorRef region)
    {
        if (region is not ActorRefWithCell { IsTerminated: false }) return null;
        try
        {
            var answer = await region.Ask<ShardRegionStats>(GetShardRegionStats.Instance, Limit);
            return answer.Stats.Count == 0 ? null
                : new RegionStatistics(name, [.. answer.Stats.Select(shard => new ShardStatistics(shard.Key, shard.Value))]);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
