using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>Decides for a search whether an event is the newest of its recipient. Each search has its own instance.</summary>
/// <param name="source">The events.</param>
/// <param name="left">The time left for the search.</param>
internal sealed class NewestEvents(IHistorySource source, Func<TimeSpan> left)
{
    private readonly Dictionary<PartId, PartProgress?> _parts = [];
    private readonly Dictionary<MessageId, Dictionary<(QueueKey Queue, int Recipient), int>> _numbers = [];

    /// <summary>Looks up the parts of events without a final state.</summary>
    /// <returns>How many parts were looked up.</returns>
    public async ValueTask<int> LoadAsync(IReadOnlyList<FoundEvent> events, CancellationToken cancellationToken)
    {
        HashSet<PartId> wanted = [];
        foreach (var (one, _) in events)
        {
            if (IsWaiting(one) && !_parts.ContainsKey(PartOf(one))) wanted.Add(PartOf(one));
        }

        if (wanted.Count == 0) return 0;
        var found = await source.FindPartsAsync(wanted, cancellationToken);
        foreach (var part in wanted) _parts[part] = found.TryGetValue(part, out var progress) ? progress : null;
        return wanted.Count;
    }

    /// <summary>Whether no event of the recipient follows.</summary>
    public async ValueTask<bool> IsNewestAsync(HistoryEvent one, CancellationToken cancellationToken)
    {
        if (!IsWaiting(one)) return one.State is not null;
        // Without its part, the recipient has ended.
        if (_parts[PartOf(one)] is not { } part) return false;
        if (one.Number >= part.Number) return true;
        // The last event of the part was of this recipient, unless it was of others.
        if (part.Recipients == 1) return false;
        var numbers = await NumbersAsync(one.Message, cancellationToken);
        return !numbers.TryGetValue((one.Queue, one.RecipientIndex), out var newest) || newest <= one.Number;
    }

    private static bool IsWaiting(HistoryEvent one) => one.State is { } state && !HistoryStates.IsFinal(state);

    private static PartId PartOf(HistoryEvent one) => new(one.Message, one.Queue);

    // The number of the newest event of each recipient of a message.
    private async ValueTask<Dictionary<(QueueKey Queue, int Recipient), int>> NumbersAsync(
        MessageId message, CancellationToken cancellationToken)
    {
        if (_numbers.TryGetValue(message, out var known)) return known;
        Dictionary<(QueueKey, int), int> numbers = [];
        var chunk = await source.ReadBackAsync(new HistoryMatch(message), null, IHistory.MaxTimeline, left(), cancellationToken);
        foreach (var (one, _) in chunk.Events)
        {
            var key = (one.Queue, one.RecipientIndex);
            if (one.State is not null && (!numbers.TryGetValue(key, out var number) || number < one.Number)) numbers[key] = one.Number;
        }

        return _numbers[message] = numbers;
    }
}
