using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>
/// Searches of the history over either engine. Events are found by their conditions; events before the newest of their recipient are
/// left out. No event follows a final event, and the rows of the spool have the number of the newest event of a waiting part: the check
/// costs a look-up for each page.
/// </summary>
internal sealed class HistorySearch(IHistorySource source, HistoryKeep keep, TimeProvider time) : IHistory
{
    /// <summary>How long a call reads.</summary>
    public static readonly TimeSpan CallTime = TimeSpan.FromSeconds(2);

    // A Message-ID must be unique (RFC 5322, section 3.6.4). The bound limits a search for an id used repeatedly.
    private const int MaxMessagesOfHeader = 100;

    // Waiting candidates are looked up in the spool, so a chunk is not much larger than a page.
    private const int MinChunk = 100;

    /// <inheritdoc/>
    public HistoryKeep Keep => keep;

    /// <inheritdoc/>
    public async ValueTask<HistoryPage> SearchAsync(
        HistoryQuery query, string? cursor, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, IHistory.MaxPage);
        HistoryPosition? position = cursor is null ? null : HistoryPosition.Parse(cursor, source.Letter);
        var start = time.GetTimestamp();
        var messages = query.HeaderMessageId is { } id ? await FindMessagesAsync(id, start, cancellationToken) : null;
        if (messages is { Count: 0 }) return new HistoryPage([], null);
        var match = new HistoryMatch(query, messages);
        var newest = new NewestEvents(source, () => Left(start));
        List<HistoryEvent> found = [];
        while (true)
        {
            var chunk = await Ask(() => source.ReadBackAsync(match, position, Math.Max(limit, MinChunk), Left(start), cancellationToken));
            var examined = 0;
            await Ask(() => newest.LoadAsync(chunk.Events, cancellationToken));
            foreach (var one in chunk.Events)
            {
                if (await Ask(() => newest.IsNewestAsync(one.Event, cancellationToken))) found.Add(one.Event);
                position = one.Position;
                examined++;
                if (found.Count == limit || Left(start) == TimeSpan.Zero) break;
            }

            if (examined == chunk.Events.Count) position = chunk.Next;
            if (position is null || found.Count == limit || Left(start) == TimeSpan.Zero)
                return new HistoryPage(found, position?.ToCursor(source.Letter));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<HistoryTimeline> ReadAsync(MessageId message, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var match = new HistoryMatch(message);
        List<HistoryEvent> events = [];
        HistoryPosition? position = null;
        do
        {
            var chunk = await Ask(() => source.ReadBackAsync(match, position, IHistory.MaxTimeline, Left(start), cancellationToken));
            events.AddRange(chunk.Events.Select(one => one.Event));
            position = chunk.Next;
        }
        while (position is not null && events.Count < IHistory.MaxTimeline && Left(start) > TimeSpan.Zero);

        return new HistoryTimeline(
            [
                .. events.OrderBy(one => one.At).ThenBy(one => one.Number).ThenBy(one => one.Kind)
                    .ThenBy(one => one.Queue).ThenBy(one => one.RecipientIndex).Take(IHistory.MaxTimeline),
            ],
            position is null && events.Count <= IHistory.MaxTimeline);
    }

    private async ValueTask<IReadOnlyList<MessageId>> FindMessagesAsync(string id, long start, CancellationToken cancellationToken)
    {
        var match = new HistoryMatch(id);
        HashSet<MessageId> messages = [];
        HistoryPosition? position = null;
        do
        {
            var chunk = await Ask(() => source.ReadBackAsync(match, position, MaxMessagesOfHeader, Left(start), cancellationToken));
            messages.UnionWith(chunk.Events.Select(one => one.Event.Message));
            position = chunk.Next;
        }
        while (position is not null && messages.Count < MaxMessagesOfHeader && Left(start) > TimeSpan.Zero);

        return [.. messages];
    }

    private TimeSpan Left(long start)
    {
        var left = CallTime - time.GetElapsedTime(start);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    // The exceptions of the engines end here.
    private static async ValueTask<T> Ask<T>(Func<ValueTask<T>> query)
    {
        try
        {
            return await query();
        }
        catch (Exception e) when (e is not OperationCanceledException and not SpoolUnavailableException)
        {
            throw new SpoolUnavailableException($"the history does not answer: {e.Message}", e);
        }
    }
}
