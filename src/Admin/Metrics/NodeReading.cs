namespace Postfleet.Admin.Metrics;

/// <summary>The values for the gauges of a node: a reading of its state.</summary>
/// <param name="Sums">The sums over queues and destinations.</param>
/// <param name="Shards">The number of shards by role.</param>
/// <param name="IsStorageReady">Whether the storage takes mail.</param>
/// <param name="Storage">The space of embedded storage.</param>
internal sealed record NodeReading(
    NodeSums Sums, IReadOnlyDictionary<string, long> Shards, bool IsStorageReady, StorageSpace Storage)
{
    /// <summary>The values before the first reading.</summary>
    public static NodeReading None { get; } = new(new NodeSums(), new Dictionary<string, long>(), false, default);
}
