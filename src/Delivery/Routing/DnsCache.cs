using System.Collections.Concurrent;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// Caches answers for their time to live and shares one query among concurrent callers. Bounded: at capacity expired entries are removed,
/// and if none has expired, all entries. Thread-safe.
/// </summary>
internal sealed class DnsCache<T>(Func<string, CancellationToken, Task<T>> ask, Func<T, TimeSpan> ttl, int capacity, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private sealed class Entry(Lazy<Task<T>> answer)
    {
        public Lazy<Task<T>> Answer { get; } = answer;

        public long Until { get; set; } = long.MaxValue;
    }

    /// <summary>The number of cached names.</summary>
    public int Count => _entries.Count;

    public async ValueTask<T> GetAsync(string key, CancellationToken cancellationToken)
    {
        if (_entries.TryGetValue(key, out var entry) && entry.Until <= time.GetTimestamp())
        {
            _entries.TryRemove(new KeyValuePair<string, Entry>(key, entry));
            entry = null;
        }

        if (entry is null)
        {
            if (_entries.Count >= capacity) Evict();
            entry = _entries.GetOrAdd(key, Begin);
        }

        // If one caller gives up, the query continues for the others.
        return await entry.Answer.Value.WaitAsync(cancellationToken);
    }

    private Entry Begin(string key)
    {
        Entry entry = null!;
        entry = new Entry(new Lazy<Task<T>>(() => AskAsync(key, entry)));
        return entry;
    }

    private async Task<T> AskAsync(string key, Entry entry)
    {
        try
        {
            var answer = await ask(key, CancellationToken.None);
            entry.Until = time.GetTimestamp() + (long)(ttl(answer).TotalSeconds * time.TimestampFrequency);
            return answer;
        }
        catch
        {
            entry.Until = 0;
            throw;
        }
    }

    private void Evict()
    {
        var now = time.GetTimestamp();
        foreach (var entry in _entries.Where(entry => entry.Value.Until <= now)) _entries.TryRemove(entry);
        if (_entries.Count >= capacity) _entries.Clear();
    }
}
