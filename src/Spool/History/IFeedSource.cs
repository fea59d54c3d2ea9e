using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>The feed in an engine, for <see cref="EventFeed"/>. Thread-safe.</summary>
internal interface IFeedSource
{
    /// <summary>See <see cref="FeedPosition.Engine"/>.</summary>
    char Letter { get; }

    /// <summary>See <see cref="IEventFeed.GetEndAsync"/>.</summary>
    ValueTask<FeedPosition> GetEndAsync(CancellationToken cancellationToken);

    /// <summary>See <see cref="IEventFeed.ReadAsync"/>. The positions are of this engine.</summary>
    ValueTask<FeedPage> ReadAsync(
        HistoryMatch match, FeedPosition after, FeedPosition? until, int limit, CancellationToken cancellationToken);
}
