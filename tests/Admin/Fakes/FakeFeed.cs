using System.Buffers.Text;
using System.Text;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Tests.Fakes;

/// <summary>A feed of the events that a test adds. Thread-safe.</summary>
internal sealed class FakeFeed : IEventFeed
{
    private readonly Lock _lock = new();
    private readonly List<FeedEvent> _events = [];
    private readonly List<Action> _watchers = [];
    private int _reads;

    public HistoryKeep Keep { get; set; } = HistoryKeep.All;

    /// <summary>Whether the next page tells about a gap.</summary>
    public bool HasGap { get; set; }

    /// <summary>How often the feed was read.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>How many readers wait for commits.</summary>
    public int Watchers
    {
        get
        {
            lock (_lock) return _watchers.Count;
        }
    }

    /// <summary>The position before the event with an index.</summary>
    public static FeedPosition At(int index) =>
        FeedPosition.Parse(Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"s1 {index} 0 0 0 0")));

    /// <summary>Adds an event.</summary>
    public void Add(HistoryEvent one)
    {
        Action[] watchers;
        lock (_lock)
        {
            _events.Add(new FeedEvent(one, At(_events.Count + 1)));
            watchers = [.. _watchers];
        }

        foreach (var watcher in watchers) watcher();
    }

    public ValueTask<FeedPosition> GetEndAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return new(At(_events.Count));
    }

    public ValueTask<FeedPage> ReadAsync(
        FeedQuery query, FeedPosition after, FeedPosition? until, int limit, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        if (after > At(1_000_000)) throw new FeedPositionException();
        lock (_lock)
        {
            var left = _events.Where(one => one.Position > after && (until is not { } end || one.Position <= end)).ToList();
            var page = left.Take(limit).ToList();
            var hasGap = HasGap;
            HasGap = false;
            return new(new FeedPage(
                [.. page.Where(one => query.Matches(one.Event))], page.Count == 0 ? after : page[^1].Position, left.Count > page.Count)
            {
                HasGap = hasGap,
            });
        }
    }

    public IDisposable Watch(Action written)
    {
        lock (_lock) _watchers.Add(written);
        return new Watcher(this, written);
    }

    private sealed class Watcher(FakeFeed feed, Action written) : IDisposable
    {
        public void Dispose()
        {
            lock (feed._lock) feed._watchers.Remove(written);
        }
    }
}
