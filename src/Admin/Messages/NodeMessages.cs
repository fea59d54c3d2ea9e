using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Messages;

/// <summary>Asks a node for its queues, destinations and regions; answered by <see cref="NodeStatistics"/>.</summary>
/// <param name="Queue">The only queue to report; null for all.</param>
/// <param name="MaxQueues">Most queues to list; queues with the most messages come first.</param>
/// <param name="MaxDestinations">Most destinations to list; destinations with the most jobs come first.</param>
internal sealed record GetNodeStatistics(QueueKey? Queue, int MaxQueues, int MaxDestinations) : IProtocolMessage
{
    /// <summary>Which queues are listed and counted; null for all.</summary>
    public QueueFilter? Filter { get; init; }

    /// <summary>The only destination to report; null for all.</summary>
    public DestinationId? Destination { get; init; }

    /// <summary>The most messages in the description of <see cref="Queue"/>.</summary>
    public int MaxMessages { get; init; }

    /// <summary>The only message in the description of <see cref="Queue"/>; null for the next messages.</summary>
    public MessageId? Message { get; init; }

    /// <summary>The only source whose destinations are listed, counted and summed; null for all.</summary>
    public string? Source { get; init; }

    /// <summary>Whether <see cref="Destination"/> is described. A queue is described if messages of it are asked for.</summary>
    public bool IsDescribed { get; init; }

    /// <summary>The place behind which queues are listed; null for the first page.</summary>
    public ListPlace? QueuesAfter { get; init; }

    /// <summary>The place behind which destinations are listed; null for the first page.</summary>
    public ListPlace? DestinationsAfter { get; init; }

    /// <summary>Most entries of each kind in an answer.</summary>
    public const int MaxListed = 1000;
}

/// <summary>
/// The state of a node at a moment. Lists are cut to keep the sum of all text lengths below <see cref="MaxTextLength"/>; the counts are of
/// all.
/// </summary>
/// <param name="Total">Sums over all queues.</param>
/// <param name="QueueCount">Queues with mail.</param>
/// <param name="Queues">The largest of them.</param>
/// <param name="DestinationCount">Destinations.</param>
/// <param name="Destinations">The largest of them.</param>
/// <param name="Regions">The shard regions of this node, with their shards.</param>
internal sealed record NodeStatistics(
    QueueTotals Total,
    int QueueCount,
    IReadOnlyList<QueueStatistics> Queues,
    int DestinationCount,
    IReadOnlyList<DestinationStatistics> Destinations,
    IReadOnlyList<RegionStatistics> Regions) : IProtocolMessage
{
    /// <summary>Whether the node has more queues behind the listed ones.</summary>
    public bool HasMoreQueues { get; init; }

    /// <summary>Whether the node has more destinations behind the listed ones.</summary>
    public bool HasMoreDestinations { get; init; }

    /// <summary>
    /// Sums over the destinations by source and provider, with a list of destinations; at most <see cref="SourceSums.Max"/>.
    /// </summary>
    public IReadOnlyList<SourceStatistics> Sources { get; init; } = [];

    /// <summary>Recipients of the last <see cref="RecentRate.Seconds"/> seconds, of all queues.</summary>
    public RecentFlow Flow { get; init; } = RecentFlow.None;

    /// <summary>The maximum number of characters of all texts in an answer, well below the frame limit of remoting.</summary>
    public const int MaxTextLength = 300_000;

    /// <summary>Most characters of a remote host's reply in an answer.</summary>
    public const int MaxReplyLength = 200;
}

/// <summary>A place in a list ordered by a number, the largest first, and then by a name.</summary>
/// <param name="Number">The number of the last entry before the place.</param>
/// <param name="Name">The name of the last entry before the place.</param>
internal sealed record ListPlace(int Number, string Name)
{
    /// <summary>The order of a list: negative if the first entry stands before the other.</summary>
    public static int Compare(int number, string name, int otherNumber, string otherName) =>
        number != otherNumber ? otherNumber.CompareTo(number) : string.CompareOrdinal(name, otherName);
}

/// <summary>
/// The condition for queues: each given text must match, as in an <see cref="ActionSelector"/>; an empty text is not given.
/// </summary>
/// <param name="Queue">A queue key, in which <c>*</c> stands for any text.</param>
/// <param name="Domain">A domain, or <c>*.example.org</c> for its subdomains.</param>
/// <param name="Stream">A stream.</param>
/// <param name="Site">The id of a destination, in which <c>*</c> stands for any text.</param>
internal sealed record QueueFilter(string Queue, string Domain, string Stream, string Site)
{
    /// <summary>The selector of the same queues.</summary>
    public ActionSelector ToSelector() => ActionSelector.None with { Queue = Queue, Domain = Domain, Stream = Stream, Site = Site };
}

/// <summary>Sums over queues.</summary>
internal sealed record QueueTotals(long Messages, long Recipients, long Due, long Deferred, long InFlight, long Held = 0)
{
    /// <summary>The sums of no queue.</summary>
    public static QueueTotals None { get; } = new(0, 0, 0, 0, 0);

    /// <summary>Adds two sums.</summary>
    public static QueueTotals operator +(QueueTotals left, QueueTotals right) => new(
        left.Messages + right.Messages, left.Recipients + right.Recipients, left.Due + right.Due, left.Deferred + right.Deferred,
        left.InFlight + right.InFlight, left.Held + right.Held);
}

/// <summary>Recipients accepted, delivered and deferred in a time.</summary>
internal sealed record RecentFlow(long Accepted, long Delivered, long Deferred)
{
    /// <summary>No recipients.</summary>
    public static RecentFlow None { get; } = new(0, 0, 0);

    /// <summary>Adds two sums.</summary>
    public static RecentFlow operator +(RecentFlow left, RecentFlow right) =>
        new(left.Accepted + right.Accepted, left.Delivered + right.Delivered, left.Deferred + right.Deferred);
}

/// <summary>The report of a queue.</summary>
internal sealed record QueueStatistics(QueueKey Queue, QueueCounts Counts)
{
    /// <summary>The description of the queue, if it was asked for; null otherwise, and if the queue has not answered in time.</summary>
    public QueueDescription? Description { get; init; }
}

/// <summary>The report of a destination.</summary>
internal sealed record DestinationStatistics(DestinationId Destination, DestinationCounts Counts)
{
    /// <summary>The description of the destination, if it was asked for; null otherwise, and if it has not answered in time.</summary>
    public DestinationDescription? Description { get; init; }
}

/// <summary>A shard region, and the number of entities of each of its shards.</summary>
internal sealed record RegionStatistics(string Name, IReadOnlyList<ShardStatistics> Shards);

/// <summary>A shard.</summary>
internal sealed record ShardStatistics(string Shard, int Entities);
