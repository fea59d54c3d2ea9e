using Postfleet.Admin.Options;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Concurrency;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Metrics;

/// <summary>Reads the state of this node for its gauges. Requests call it on their threads.</summary>
internal sealed class NodeReader(
    Current<AdminSettings> current, NodeStats stats, ShardRegions regions, ISpoolHealth spool, TimeProvider time)
{
    /// <summary>The longest wait for an answer of the storage.</summary>
    private static readonly TimeSpan StorageLimit = TimeSpan.FromSeconds(1);

    /// <summary>Reads the state. It waits for the storage and for the shard regions, a second at most.</summary>
    public async Task<NodeReading> ReadAsync(CancellationToken cancellationToken)
    {
        var settings = current.Value;
        var storage = IsStorageReadyAsync(cancellationToken);
        var shards = RegionShards.ReadAsync(regions);
        var sums = NodeSums.Of(stats, StreamLabels.Shared, settings.Metrics.Domains, time.GetUtcNow());
        var space = settings.StorageFolder is { } folder ? StorageSpace.Of(folder) : default;
        return new NodeReading(sums, ByRole(await shards), await storage, space);
    }

    private async Task<bool> IsStorageReadyAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StorageLimit);
        try
        {
            return await spool.IsHealthyAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static Dictionary<string, long> ByRole(IReadOnlyList<Messages.RegionStatistics> shards) => shards.ToDictionary(
        region => region.Name == ShardRegions.QueueRegion ? NodeRoles.Queue : NodeRoles.Delivery, region => (long)region.Shards.Count);
}
