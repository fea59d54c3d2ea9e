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

    private HistoryEvent[] Classified(IReadOnlyList<HistoryEvent> events) =>
        [.. events.Select(one => ClassOf(one) is { } found ? one with { Class = found } : one)];

    private BounceClass? ClassOf(HistoryEvent one) => one.Kind switch
    {
        HistoryKind.Expired => BounceClass.Expired,
        HistoryKind.Dropped => Operator,
        _ => one.Reply is { } reply ? classifier.Classify(reply) : null,
    };
}
