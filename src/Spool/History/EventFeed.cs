using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>The feed over either engine, or an empty feed without a history. The storage owns it.</summary>
internal sealed class EventFeed(IFeedSource? source, HistoryKeep keep, FeedSignal signal) : IEventFeed
{
    /// <summary>The feed of a spool without kept events.</summary>
    public static EventFeed None { get; } = new(null, HistoryKeep.None, new FeedSignal());

    /// <inheritdoc/>
    public HistoryKeep Keep => keep;

    /// <inheritdoc/>
    public async ValueTask<FeedPosition> GetEndAsync(CancellationToken cancellationToken) =>
        source is null ? default : await QueryAsync(() => source.GetEndAsync(cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<FeedPage> ReadAsync(
        FeedQuery query, FeedPosition after, FeedPosition? until, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, IEventFeed.MaxPage);
        if (source is null) return new FeedPage([], after, false);
        if (after.Engine != source.Letter || (until ?? after).Engine != source.Letter) throw new FeedPositionException();
        var match = new HistoryMatch(query);
        if (until <= after) return new FeedPage([], after, false);
        return await QueryAsync(() => source.ReadAsync(match, after, until, limit, cancellationToken));
    }

    /// <inheritdoc/>
    public IDisposable Watch(Action written) => signal.Watch(written);

    // The exceptions of the engines end here.
    private static async ValueTask<T> QueryAsync<T>(Func<ValueTask<T>> query)
    {
        try
        {
            return await query();
        }
        catch (Exception e) when (e is not OperationCanceledException and not SpoolUnavailableException)
        {
            throw new SpoolUnavailableException($"the feed of events does not answer: {e.Message}", e);
        }
    }
}
