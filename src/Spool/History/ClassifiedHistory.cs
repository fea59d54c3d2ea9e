using Postfleet.Core.Classification;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>
/// Adds the class of its reply to each event of an answer. Nothing is stored: writing costs nothing, and a new rule applies to old events.
/// </summary>
internal sealed class ClassifiedHistory(IHistory history, BounceClassifier classifier) : IHistory
{
    private static readonly BounceClass Operator = BounceClass.Find("operator")!;

    /// <inheritdoc/>
    public HistoryKeep Keep => history.Keep;

    /// <inheritdoc/>
    public async ValueTask<HistoryPage> SearchAsync(
        HistoryQuery query, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var page = await history.SearchAsync(query, cursor, limit, cancellationToken);
        return page with { Recipients = Classified(page.Recipients) };
    }

    /// <inheritdoc/>
    public async ValueTask<HistoryTimeline> ReadAsync(MessageId message, CancellationToken cancellationToken)
    {
        var timeline = await history.ReadAsync(message, cancellationToken);
        return timeline with { Events = Classified(timeline.Events) };
    }

    /// <summary>The event with its class, if it has one.</summary>
    public static HistoryEvent Classified(HistoryEvent one, BounceClassifier classifier)
    {
        var found = one.Kind switch
        {
            HistoryKind.Expired => BounceClass.Expired,
            HistoryKind.Dropped => Operator,
            _ => one.Reply is { } reply ? classifier.Classify(reply, one.RemoteHost) : null,
        };
        return found is null ? one : one with { Class = found };
    }

    private HistoryEvent[] Classified(IReadOnlyList<HistoryEvent> events) => [.. events.Select(one => Classified(one, classifier))];
}
