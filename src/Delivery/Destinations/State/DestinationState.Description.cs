using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <content>The state of a destination for monitoring.</content>
internal sealed partial class DestinationState
{
    private RecentReplies _replies;

    /// <summary>Credits asked for and not granted.</summary>
    public int Wanted => _credits.Wanted;

    /// <summary>Since when jobs wait for the site's rate; null if none does.</summary>
    public DateTimeOffset? RateSince => _waiting.RateSince;

    /// <summary>Since when the maximum number of connections is open; null if fewer are.</summary>
    public DateTimeOffset? FullSince => _pool.FullSince;

    /// <summary>Whether no more jobs are accepted.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>When the site could first not be reached; null when it can, or when unknown.</summary>
    public DateTimeOffset? SiteDownSince => _outages.DownSince;

    /// <summary>When the site's rate allows the next waiting job to start; null if none waits for it.</summary>
    public DateTimeOffset? RateUntil(DateTimeOffset now) => _waiting.RateUntil(now);

    /// <summary>Describes the destination, without the properties of the network.</summary>
    public DestinationDescription Describe(DestinationId id) => new(id)
    {
        Connections = [.. _pool.Describe(DestinationDescription.MaxConnections)],
        Replies = [.. _replies.Describe()],
        LastDeliveryAt = _replies.LastDeliveryAt,
        Queues = [.. _credits.Describe(DestinationDescription.MaxQueues)],
        Streams = [.. _credits.DescribeStreams(DestinationDescription.MaxStreams)
            .Select(stream => stream with { Slowed = _shaping.Streams.Describe(stream.Stream) })],
    };

    private JobOutcome Noted(JobOutcome outcome, DateTimeOffset now)
    {
        _replies.Note(outcome, now);
        return outcome;
    }
}
