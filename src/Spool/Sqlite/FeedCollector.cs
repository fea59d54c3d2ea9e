using Postfleet.Spool.Common;
using Postfleet.Spool.History;

namespace Postfleet.Spool.Sqlite;

/// <summary>Collects the events of a page of <see cref="SqliteFeed"/> from batches in ascending order.</summary>
internal sealed class FeedCollector(HistoryMatch match, FeedPosition after, FeedPosition? until, int limit)
{
    private readonly List<HistoryEvent> _batch = [];

    /// <summary>The conditions.</summary>
    public HistoryMatch Match => match;

    /// <summary>The events so far.</summary>
    public List<FeedEvent> Found { get; } = [];

    /// <summary>The position after the batches so far.</summary>
    public FeedPosition Position { get; private set; } = after;

    /// <summary>The number of the next batch.</summary>
    public long Next => Position.Transaction;

    /// <summary>Whether a number was missing.</summary>
    public bool HasGap { get; private set; }

    /// <summary>The last number in the file.</summary>
    public long FileEnd { get; set; }

    /// <summary>Whether the end of the page is the end that the caller asked for.</summary>
    public bool IsAtEnd => until <= Position;

    /// <summary>Passes over batches without matching events. False when the page has ended.</summary>
    public bool Pass(long first, long last)
    {
        if (until?.Transaction <= last) return Enter(Math.Max(first, Next)) && EndAt(until.Value);
        HasGap |= first > Next;
        Position = Before(last + 1);
        return true;
    }

    /// <summary>Adds the matching events of a batch. False when the page has ended.</summary>
    public bool Add(long number, ReadOnlySpan<byte> batch)
    {
        if (!Enter(number)) return false;
        _batch.Clear();
        HistoryBlock.ReadBatch(batch, _batch);
        var from = Position.Transaction == number && Position.Key is { } key ? Math.Min(key.Number, _batch.Count) + 1 : 0;
        for (var place = from; place < _batch.Count; place++)
        {
            var position = Before(number) with { Key = new FeedKey(default, place, 0, 0, "") };
            if (until < position) return EndAt(until.Value);
            if (!match.Matches(_batch[place])) continue;
            Found.Add(new FeedEvent(_batch[place], position));
            if (Found.Count == limit) return EndAt(position);
        }

        if (until?.Transaction == number) return EndAt(until.Value);
        Position = Before(number + 1);
        return true;
    }

    // False when the caller's end is before the batch.
    private bool Enter(long number)
    {
        if (until is { } end && (end.Transaction < number || (end.Transaction == number && end.Key is null))) return EndAt(end);
        HasGap |= number > Next;
        return true;
    }

    private bool EndAt(FeedPosition position)
    {
        if (position > Position) Position = position;
        return false;
    }

    private static FeedPosition Before(long number) => new() { Engine = 's', Transaction = number };
}
