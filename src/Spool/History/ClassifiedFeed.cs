using Postfleet.Core.Classification;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>Adds the class of its reply to each event of the feed, as <see cref="ClassifiedHistory"/> does.</summary>
/// <param name="feed">The feed of the storage, which exists from its start on.</param>
/// <param name="classifier">The rules.</param>
internal sealed class ClassifiedFeed(Func<IEventFeed> feed, BounceClassifier classifier) : IEventFeed
{
    /// <inheritdoc/>
    public HistoryKeep Keep => feed().Keep;

    /// <inheritdoc/>
    public ValueTask<FeedPosition> GetEndAsync(CancellationToken cancellationToken) => feed().GetEndAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<FeedPage> ReadAsync(
        FeedQuery query, FeedPosition after, FeedPosition? until, int limit, CancellationToken cancellationToken)
    {
        var page = await feed().ReadAsync(query, after, until, limit, cancellationToken);
        return page.Events.Count == 0 ? page : page with
        {
            Events = [.. page.Events.Select(one => one with { Event = ClassifiedHistory.Classified(one.Event, classifier) })],
        };
    }

    /// <inheritdoc/>
    public IDisposable Watch(Action written) => feed().Watch(written);
}
