namespace Postfleet.Admin.Metrics;

/// <summary>What the gauges of a node show: a reading of its state at one moment.</summary>
/// <param name="Sums">The sums over queues and destinations.</param>
/// <param name="Shards">The number of shards by role.</param>
/// <param name="IsStorageReady">Whether the storage takes mail.</param>
/// <param name="Storage">The space of embedded storage.</param>
internal sealed record NodeReading(
    NodeSums Sums, IReadOnlyDictionary<string, long> Shards, bool IsStorageReady, StorageSpace Storage)
{
    /// <summary>The reading before the first one.</summary>
    public static NodeReading None { get; } = new(new NodeSums(), new Dictionary<string, long>(), false, default);
}
