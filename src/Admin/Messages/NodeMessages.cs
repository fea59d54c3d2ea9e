using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Messages;

/// <summary>Asks a node what runs on it; answered by <see cref="NodeReport"/>.</summary>
/// <param name="Queue">One queue only; null for all.</param>
/// <param name="MaxQueues">Most queues to list, those with the most messages first.</param>
/// <param name="MaxDestinations">Most destinations to list, those with the most jobs first.</param>
internal sealed record AskNode(QueueKey? Queue, int MaxQueues, int MaxDestinations) : IProtocolMessage
{
    /// <summary>Most entries of each kind that one answer lists.</summary>
    public const int MaxListed = 1000;
}

/// <summary>
/// What runs on a node at a moment. Lists are cut so that the whole stays below <see cref="MaxTextLength"/> in its texts; the counts are of
/// all.
/// </summary>
/// <param name="Total">Sums over all queues.</param>
/// <param name="QueueCount">Queues with mail.</param>
/// <param name="Queues">Some of them.</param>
/// <param name="DestinationCount">Destinations.</param>
/// <param name="Destinations">Some of them.</param>
/// <param name="Regions">The shard regions of this node, with their shards.</param>
internal sealed record NodeReport(
    QueueTotals Total,
    int QueueCount,
    IReadOnlyList<QueueReport> Queues,
    int DestinationCount,
    IReadOnlyList<DestinationReport> Destinations,
    IReadOnlyList<RegionReport> Regions) : IProtocolMessage
{
    /// <summary>Characters of all texts of an answer together, well below the frame limit of remoting.</summary>
    public const int MaxTextLength = 300_000;

    /// <summary>Characters of a remote host's reply that an answer carries.</summary>
    public const int MaxReplyLength = 200;
}

/// <summary>Sums over queues.</summary>
internal sealed record QueueTotals(long Messages, long Recipients, long Due, long Deferred, long InFlight)
{
    /// <summary>Of nothing.</summary>
    public static QueueTotals None { get; } = new(0, 0, 0, 0, 0);

    /// <summary>Both together.</summary>
    public static QueueTotals operator +(QueueTotals left, QueueTotals right) => new(
        left.Messages + right.Messages, left.Recipients + right.Recipients, left.Due + right.Due, left.Deferred + right.Deferred,
        left.InFlight + right.InFlight);
}

/// <summary>One queue.</summary>
internal sealed record QueueReport(QueueKey Queue, QueueCounts Counts);

/// <summary>One destination.</summary>
internal sealed record DestinationReport(DestinationId Destination, DestinationCounts Counts);

/// <summary>One shard region, and how many entities each of its shards has.</summary>
internal sealed record RegionReport(string Name, IReadOnlyList<ShardReport> Shards);

/// <summary>One shard.</summary>
internal sealed record ShardReport(string Shard, int Entities);
